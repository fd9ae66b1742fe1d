using System.Diagnostics;
using System.Runtime.CompilerServices;
using Shacache.Client.Archives;
using Shacache.Client.Errors;

namespace Shacache.Client.Tests.Archives;

/// <summary>This test program once more, as a process that extracts an archive and can be killed while it runs.</summary>
internal static class ExtractionChild
{
    private const string Variable = "SHACACHE_TEST_EXTRACTION";

    /// <param name="archive">The file of the archive.</param>
    /// <param name="target">Where it is extracted to.</param>
    /// <param name="failures">System calls that fail in the child, as <see cref="SystemCallFilter"/> has them; empty for none.</param>
    public static Process Start(string archive, string target, string failures = "")
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "Shacache.Client.Tests.dll")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        // The program may run as itself, or by the dotnet command.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) != "dotnet")
            start.ArgumentList.Clear();
        start.Environment[Variable] = $"{archive}\n{target}\n{failures}";
        return Process.Start(start)!;
    }

#pragma warning disable CA2255 // The tests' Main is generated: this is the only place before it.
    [ModuleInitializer]
    internal static void Run()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('\n') is not [string archive, string target, string failures])
            return;
        Console.WriteLine("begins");
        using FileStream stream = File.OpenRead(archive);
        if (failures.Length > 0)
            SystemCallFilter.Install(failures);
        try
        {
            var options = new ExtractionOptions { AllowSetId = true, OnWarning = Console.WriteLine };
            new SoftwareExtractor(options).ExtractAsync(stream, target, null, CancellationToken.None).GetAwaiter().GetResult();
            Environment.Exit(0);
        }
        catch (ArchiveException e)
        {
            Console.WriteLine(e.Message);
            Environment.Exit(1);
        }
    }
}
