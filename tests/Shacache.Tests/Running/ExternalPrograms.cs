namespace Shacache.Cli.Running;

/// <summary>Programs that a test needs beside .NET; ./test installs them.</summary>
internal static class ExternalPrograms
{
    /// <summary>Skips the test, visibly, when the program is missing; under CI it fails.</summary>
    public static void Require(string program)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        if (folders.Any(folder => File.Exists(Path.Combine(folder, program))))
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"{program} is not installed.");
        Assert.Skip($"{program} is not installed; ./test installs it when it runs as root.");
    }
}
