using System.Diagnostics;
using System.Text;
using Shacache.Testing;

namespace Shacache.Cli.Running;

/// <summary>The built program, run as a process of its own.</summary>
internal static class ShacacheProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Names the program to test, such as the native one, in the place of the built one.</summary>
    private static readonly string? Named = Environment.GetEnvironmentVariable("SHACACHE_TEST_PROGRAM");

    public static string Path { get; } = IsNamed ? Named! : System.IO.Path.Combine(AppContext.BaseDirectory, "shacache");

    /// <summary>What starts it as a server, before its arguments.</summary>
    public static string[] ServerCommand { get; } = IsNamed ? [Named!] : ["dotnet", System.IO.Path.Combine(
        Repository.Root, "src", "Shacache", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "shacache.dll")];

    private static bool IsNamed => !string.IsNullOrEmpty(Named);

    /// <summary>Skips a test of what only the native program promises.</summary>
    public static void RequireNative() => Assert.SkipUnless(IsNamed, "It is promised for the native program; ./test runs it on that, too.");

    public static Task<ProgramResult> RunAsync(string folder, params IReadOnlyList<string> arguments) => RunAsync(folder, Path, arguments);

    /// <summary>Runs it by a program that becomes it.</summary>
    public static Task<ProgramResult> RunThroughAsync(string folder, string program, IEnumerable<string> programArguments, IReadOnlyList<string> arguments) =>
        RunAsync(folder, program, [.. programArguments, Path, .. arguments]);

    /// <summary>Runs a line of bash in which $SHACACHE is the program.</summary>
    public static Task<ProgramResult> RunBashAsync(string folder, string line) => RunAsync(folder, "bash", ["-c", line]);

    public static ProcessStartInfo StartInfo(string folder, string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["SHACACHE"] = Path;
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (string name in new[] { "http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_COLOR" })
            start.Environment.Remove(name);
        return start;
    }

    private static async Task<ProgramResult> RunAsync(string folder, string program, IReadOnlyList<string> arguments)
    {
        using Process process = Process.Start(StartInfo(folder, program, arguments))!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            process.StandardInput.Close();
            using var output = new MemoryStream();
            Task copy = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
            string error = await process.StandardError.ReadToEndAsync(limit.Token);
            await copy;
            await process.WaitForExitAsync(limit.Token);
            return new ProgramResult(process.ExitCode, output.ToArray(), error);
        }
        catch (OperationCanceledException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took more than {Limit.TotalSeconds} s.", e);
        }
    }
}
