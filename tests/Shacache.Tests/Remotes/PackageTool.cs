using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>A package manager as it is installed on this machine, with nothing of the user's own configuration.</summary>
internal static class PackageTool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>How late an origin answers that is slow.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromMilliseconds(300);

    /// <summary>Of a server whose origin falls silent: short enough to wait for, and much longer than any pause of a machine that has other work.</summary>
    public const string StallLimit = "gateway-stall-timeout = 10s\n";

    /// <summary>Starts a server with one remote.</summary>
    /// <param name="folder">Where its data are.</param>
    /// <param name="type">What its remote is; that is its name as well.</param>
    /// <param name="url">Where its origin is.</param>
    /// <param name="more">More settings of the remote.</param>
    /// <param name="common">More settings of the server.</param>
    public static Task<ServerProcess> ServeAsync(TemporaryFolder folder, string type, string url, string more = "", string common = "")
    {
        File.WriteAllText(folder["server.ini"], $"gateway-allow-private = true\n{common}\n[remote {type}]\ntype = {type}\nurl = {url}\n{more}");
        return ServerProcess.StartAsync("serve", "--config", folder["server.ini"], "--data", folder["data"], "--listen", "http://127.0.0.1:0");
    }

    /// <summary>Nothing of these contents is here.</summary>
    public static async Task AssertNotKeptAsync(ServerProcess server, params byte[][] contents)
    {
        using var client = new HttpClient();
        foreach (byte[] content in contents)
        {
            var url = new Uri(server.Url, $"/shacache/{Convert.ToHexStringLower(SHA512.HashData(content))}");
            using HttpResponseMessage answer = await client.GetAsync(url, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    /// <summary>Skips the test, visibly, when Python has no pip; under CI it fails.</summary>
    public static async Task RequirePipAsync()
    {
        ExternalPrograms.Require("python3");
        using var folder = new TemporaryFolder();
        if ((await RunAsync(folder.Path, "python3", "-m", "pip", "--version")).ExitCode == 0)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail("python3-pip is not installed.");
        Assert.Skip("python3-pip is not installed; ./test installs it when it runs as root.");
    }

    /// <summary>Skips the test, visibly, when there is no npm: no package of Debian's stable release is the npm that its users have.</summary>
    public static void RequireNpm()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, "npm"))))
            Assert.Skip("npm is not installed.");
    }

    public static Task<(int ExitCode, string Text)> RunPipAsync(TemporaryFolder folder, params string[] arguments) =>
        RunAsync(folder.Path, "python3", ["-m", "pip", "--isolated", "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--retries", "0", .. arguments]);

    public static Task<(int ExitCode, string Text)> RunNpmAsync(string project, Uri registry, params string[] arguments) =>
        RunAsync(project, "npm", [.. arguments, "--registry", registry.AbsoluteUri, "--cache", Path.Combine(project, "npm-cache"), "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries", "0"]);

    /// <summary>Runs apt-get with the lists and the cache of a machine of its own. It only downloads: dpkg, which knows the real machine, is never run.</summary>
    /// <param name="machine">The folder of that machine, which <see cref="MakeAptMachine"/> made.</param>
    /// <param name="arguments">Command and options.</param>
    public static Task<(int ExitCode, string Text)> RunAptAsync(string machine, params string[] arguments) =>
        RunAsync(machine, "apt-get", ["-c", Path.Combine(machine, "apt.conf"), "--download-only", .. arguments]);

    /// <summary>Makes the folders and files of a machine that has one source of packages, and none of them installed.</summary>
    /// <param name="machine">The folder.</param>
    /// <param name="source">The line of sources.list.</param>
    /// <param name="keyring">The keys that it trusts.</param>
    /// <param name="proxy">The proxy for http; null for none.</param>
    public static void MakeAptMachine(string machine, string source, string keyring, Uri? proxy = null)
    {
        foreach (string folder in (string[])["etc/apt.conf.d", "etc/preferences.d", "etc/trusted.gpg.d", "etc/sources.list.d", "state/lists/partial", "cache/archives/partial", "log"])
            Directory.CreateDirectory(Path.Combine(machine, folder));
        File.WriteAllText(Path.Combine(machine, "state/status"), "");
        File.WriteAllText(Path.Combine(machine, "etc/sources.list"), source + "\n");
        File.Copy(keyring, Path.Combine(machine, "etc/trusted.gpg.d/origin.gpg"), overwrite: true);
        File.WriteAllText(Path.Combine(machine, "apt.conf"), $"""
            Dir "{machine}"; Dir::Etc "etc"; Dir::Etc::Parts "apt.conf.d"; Dir::State "state"; Dir::Cache "cache"; Dir::Log "log";
            Dir::State::status "{machine}/state/status"; Dir::Bin::dpkg "/bin/false"; APT::Sandbox::User ""; APT::Architecture "amd64"; APT::Architectures "amd64"; APT::Get::Assume-Yes "true";
            APT::Install-Recommends "false"; Acquire::Languages "none"; Acquire::Retries "0"; Acquire::http::Proxy "{proxy?.AbsoluteUri ?? "DIRECT"}"; Debug::NoLocking "true";
            """);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code, and what it wrote, errors after the rest.</returns>
    public static Task<(int ExitCode, string Text)> RunAsync(string folder, string program, params string[] arguments) => RunInAsync(folder, [], program, arguments);

    /// <summary>Runs a program to its end, with more in its environment.</summary>
    public static async Task<(int ExitCode, string Text)> RunInAsync(string folder, Dictionary<string, string> environment, string program, params string[] arguments)
    {
        string[] command = NetworkCage.Wrap(program, arguments);
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = folder;
        start.Environment["PIP_CONFIG_FILE"] = "/dev/null";
        start.Environment["NPM_CONFIG_USERCONFIG"] = "/dev/null";
        start.Environment["NO_PROXY"] = "*";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
        string error = await process.StandardError.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output + error);
    }
}
