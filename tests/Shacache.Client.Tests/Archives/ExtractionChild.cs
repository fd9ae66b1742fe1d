using System.Diagnostics;
using System.Runtime.CompilerServices;
using Shacache.Client.Archives;

namespace Shacache.Client.Tests.Archives;

/// <summary>This test program once more, as a process that extracts an archive and can be killed meanwhile.</summary>
internal static class ExtractionChild
{
    private const string Variable = "SHACACHE_TEST_EXTRACTION";

    public static Process Start(string archive, string target)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "Shacache.Client.Tests.dll")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        // The program may run as itself, or by the dotnet command.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) != "dotnet")
            start.ArgumentList.Clear();
        start.Environment[Variable] = $"{archive}\n{target}";
        return Process.Start(start)!;
    }

#pragma warning disable CA2255 // The tests' Main is generated: this is the only place before it.
    [ModuleInitializer]
    internal static void Run()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('\n') is not [string archive, string target])
            return;
        Console.WriteLine("begins");
        using FileStream stream = File.OpenRead(archive);
        new SoftwareExtractor().ExtractAsync(stream, target, null, CancellationToken.None).GetAwaiter().GetResult();
        Environment.Exit(0);
    }
}
