using System.Diagnostics;
using Shacache.Testing;

namespace Shacache.Core.Tests.Accounts;

/// <summary>Runs the program openssl in a folder of its own, as an operator would.</summary>
internal sealed class OpenSsl : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryFolder _folder = new();

    public OpenSsl()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (folders.Any(folder => File.Exists(Path.Combine(folder, "openssl"))))
            return;
        _folder.Dispose();
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail("openssl is not installed.");
        Assert.Skip("openssl is not installed; ./test installs it when it runs as root.");
    }

    public void Dispose() => _folder.Dispose();

    public string PathOf(string name) => _folder[name];

    public string Read(string name) => File.ReadAllText(_folder[name]);

    public void Write(string name, string text) => File.WriteAllText(_folder[name], text);

    /// <summary>Runs it; it must succeed.</summary>
    /// <returns>What it wrote, to both of its outputs.</returns>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(Patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(end.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(end.Token);
        await process.WaitForExitAsync(end.Token);
        string said = await output + await errors;
        Assert.True(process.ExitCode == 0, $"openssl {string.Join(' ', arguments)}: {said}");
        return said;
    }
}
