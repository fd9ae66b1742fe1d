using System.Globalization;
using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>cargo, given a remote in the place of crates.io.</summary>
public sealed class CargoTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, PackageFiles.Count).Select(PackageFiles.NameOf)];

    [Fact]
    public async Task Fetch_TwentyCrates_AlsoWithoutTheOrigin_AndFromABundle()
    {
        ExternalPrograms.Require("cargo");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        using (ServerProcess server = await Carriage.ServeAsync(folder, "cargo", $"{origin.Url}/index/"))
        {
            await using NetworkCage around = NetworkCage.Around(server.Url);
            string project = MakeProject(folder, server);
            string[] first = await FetchAsync(project);
            Assert.Equal(Names, first);
            await origin.SwitchOffAsync();
            Assert.Equal(first, await FetchAsync(project));
            File.Delete(Path.Combine(project, "Cargo.lock"));
            Assert.Equal(first, await FetchAsync(project));
            Assert.All(origin.Requests, request => Assert.Equal("shacache-gateway", request.Agent));
            await Carriage.ExportAsync(folder, server, Path.Combine(project, "Cargo.lock"));
        }

        using ServerProcess second = await Carriage.ImportAsync(folder, "cargo", $"{origin.Url}/index/");
        await using NetworkCage cage = NetworkCage.Around(second.Url);
        Assert.Equal(Names, await FetchAsync(MakeProject(folder, second)));
    }

    [Fact]
    public async Task Fetch_CrateThatWasChangedAtTheOrigin_IsRefused()
    {
        ExternalPrograms.Require("cargo");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        origin.Publish("/crates/part7-1.0.0.crate", "application/gzip", RandomNumberGenerator.GetBytes(500));
        using ServerProcess server = await PackageTool.ServeAsync(folder, "cargo", $"{origin.Url}/index/");
        await using NetworkCage cage = NetworkCage.Around(server.Url);

        (int exitCode, string text) = await RunAsync(MakeProject(folder, server), "fetch");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("502", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_FromASlowOriginThatStopsInTheMiddle_FailsAndKeepsNothing_ThenWorks()
    {
        ExternalPrograms.Require("cargo");
        using var folder = new TemporaryFolder();
        await using PackageOrigin origin = await StartOriginAsync();
        origin.Delay = PackageTool.Late;
        byte[][] sent = origin.BreakOff("/crates/part18-1.0.0.crate");
        using ServerProcess server = await PackageTool.ServeAsync(folder, "cargo", $"{origin.Url}/index/");
        await using NetworkCage cage = NetworkCage.Around(server.Url);
        string project = MakeProject(folder, server, "part16");

        (int exitCode, string text) = await RunAsync(project, "fetch");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("part18", text, StringComparison.Ordinal);
        await PackageTool.AssertNotKeptAsync(server, sent);
        origin.Mend();

        Assert.Equal(Names[16..], await FetchAsync(project));
    }

    private static async Task<PackageOrigin> StartOriginAsync()
    {
        PackageOrigin origin = await PackageOrigin.StartAsync();
        origin.AddCrates();
        return origin;
    }

    private static string MakeProject(TemporaryFolder folder, ServerProcess server, string needed = "part0")
    {
        string project = Directory.CreateDirectory(folder["project"]).FullName;
        Directory.CreateDirectory(Path.Combine(project, "src"));
        Directory.CreateDirectory(Path.Combine(project, ".cargo"));
        File.WriteAllText(Path.Combine(project, "src", "lib.rs"), "");
        File.WriteAllText(Path.Combine(project, "Cargo.toml"), $"[package]\nname = \"project\"\nversion = \"0.1.0\"\nedition = \"2018\"\n[dependencies]\n{needed} = \"1\"\n");
        File.WriteAllText(
            Path.Combine(project, ".cargo", "config.toml"),
            $"[source.crates-io]\nreplace-with = \"cache\"\n[source.cache]\nregistry = \"sparse+{new Uri(server.Url, "/remote/cargo/")}\"\n[net]\nretry = 0\n");
        return project;
    }

    /// <summary>Installs with nothing kept by the client.</summary>
    /// <returns>The crates that are there.</returns>
    private static async Task<string[]> FetchAsync(string project)
    {
        string home = Path.Combine(project, "cargo-home");
        if (Directory.Exists(home))
            Directory.Delete(home, recursive: true);
        (int exitCode, string text) = await RunAsync(project, "fetch");
        Assert.True(exitCode == 0, text);
        string sources = Assert.Single(Directory.GetDirectories(Path.Combine(home, "registry", "src")));
        foreach (string crate in Directory.GetDirectories(sources))
            Assert.Contains("NUMBER", File.ReadAllText(Path.Combine(crate, "src", "lib.rs")), StringComparison.Ordinal);
        return [.. Directory.GetDirectories(sources).Select(path => Path.GetFileName(path).Split('-')[0]).OrderBy(name => int.Parse(name[4..], CultureInfo.InvariantCulture))];
    }

    /// <summary>Before 1.68 the sparse protocol is to be asked for, and only nightly versions listen, or one that takes itself for such.</summary>
    private static async Task<(int ExitCode, string Text)> RunAsync(string project, string command)
    {
        var environment = new Dictionary<string, string> { ["CARGO_HOME"] = Path.Combine(project, "cargo-home") };
        string toolchains = Environment.GetEnvironmentVariable("RUSTUP_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".rustup");
        if (Directory.Exists(toolchains))
            environment["RUSTUP_HOME"] = toolchains;
        (_, string version) = await PackageTool.RunInAsync(project, environment, "cargo", "--version");
        string[] options = [];
        if (version.Split(' ') is [_, var number, ..] && int.Parse(number.Split('.')[1], CultureInfo.InvariantCulture) < 68)
        {
            options = ["-Z", "sparse-registry"];
            environment["RUSTC_BOOTSTRAP"] = "1";
        }

        return await PackageTool.RunInAsync(project, environment, "cargo", [command, .. options]);
    }
}
