using System.Diagnostics;

namespace Shacache.Client.Tests.Elf;

/// <summary>Runs compilers and what they make.</summary>
internal static class Toolchain
{
    /// <summary>A C source that prints the text of a library, once it found its memory as it should be.</summary>
    public const string Caller = """
        #include <stdio.h>
        #include <stdlib.h>
        const char *text(void);
        static char zeros[3 << 20];
        static int written[5000] = { 7 };
        int main(void) {
            char *block = malloc(sizeof zeros);
            for (unsigned i = 0; i < sizeof zeros; i++)
                if (zeros[i])
                    return 3;
                else
                    block[i] = zeros[i] = 1;
            if (written[0] != 7 || written[4999])
                return 4;
            puts(text());
            return 0;
        }
        """;

    /// <summary>Skips the test, visibly, when a program is missing; under CI it fails.</summary>
    public static void Require(params ReadOnlySpan<string> programs)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        foreach (string program in programs)
        {
            // A path stands for itself.
            if (folders.Any(folder => File.Exists(Path.Combine(folder, program))))
                continue;
            if (Environment.GetEnvironmentVariable("CI") == "true")
                Assert.Fail($"{program} is not installed.");
            Assert.Skip($"{program} is not installed; ./test installs it when it runs as root.");
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>What it wrote.</returns>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        (int exitCode, string output) = TryRun(program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}");
        return output;
    }

    /// <summary>Runs a program.</summary>
    /// <returns>Its exit code, and what it wrote.</returns>
    public static (int ExitCode, string Output) TryRun(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        output += error.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>Compiles a C source; the compiler must be there.</summary>
    public static void Compile(string compiler, string target, string source, params IEnumerable<string> options)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        string file = target + ".c";
        File.WriteAllText(file, source);
        Run(compiler, [file, "-o", target, .. options]);
        File.Delete(file);
    }
}
