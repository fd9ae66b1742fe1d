using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Cli.Accounts;

/// <summary>Clients of a private cache (<c>read-access = accounts</c>): the Python client, ours, and a near cache that fills itself from it.</summary>
public sealed class PrivateCacheTests(PrivateCacheTests.PrivateSite site) : IClassFixture<PrivateCacheTests.PrivateSite>
{
    private const string Url = "https://example.org/private.tar.gz";
    private static readonly string Script = Path.Combine(Repository.Root, "tests", "Shacache.Tests", "Accounts", "python_client.py");

    [Fact]
    public async Task PythonClient_WithItsCertificate_WalksAllTheWay_WithoutOneItIsTold()
    {
        ExternalPrograms.Require("python3");
        ExternalPrograms.Require("openssl");
        string folder = await site.AddAccountAsync("python", "--upload", "--index", "python:");

        Assert.Contains("\ndownloaded ", (await WalkAsync(folder, "python.crt", "python.key")).AssertDone().Text, StringComparison.Ordinal);
        Assert.Matches("^GET shacache 401\nPOST shacache 401 ", (await WalkAsync(folder, "-", "-")).AssertDone().Text);
    }

    [Fact]
    public async Task OurCommands_WithACertificateOrAToken_Read_WithoutOneTheyAreRefused()
    {
        string folder = await site.AddAccountAsync("builder", "--upload", "--index", "");
        (await site.RunAsync("account", "token", "builder", "--output", Path.Combine(folder, "token"))).AssertDone();
        string secret = (await File.ReadAllTextAsync(Path.Combine(folder, "token"), TestContext.Current.CancellationToken)).Trim();
        await File.WriteAllBytesAsync(Path.Combine(folder, "content"), Content.Random(100_000), TestContext.Current.CancellationToken);
        string byCertificate = site.WriteConfig(folder, PrivateSite.Certificate(folder, "builder"));
        string byToken = site.WriteConfig(folder, $"upload-token-file = {folder}/token");
        string byPassword = site.WriteConfig(folder, "", site.Url.Replace("https://", $"https://builder:{secret}@", StringComparison.Ordinal));
        string readerByCertificate = ReaderOf(byCertificate, folder, "reader.cfg");
        string byNobody = site.WriteConfig(folder, "");
        (await ShacacheProgram.RunAsync(folder, "upload", "-c", byCertificate, "-f", "content", "-u", Url)).AssertDone();

        foreach (string config in new[] { byCertificate, byToken, byPassword, readerByCertificate })
        {
            (await ShacacheProgram.RunAsync(folder, "download", "-c", config, "-u", Url, "-o", $"{Guid.NewGuid():N}")).AssertDone();
            (await ShacacheProgram.RunAsync(folder, "fetch", "-c", config, Url, "-o", $"{Guid.NewGuid():N}")).AssertDone();
            (await ShacacheProgram.RunAsync(folder, "lookup", "url", "-c", config, Url)).AssertDone();
            (await ShacacheProgram.RunAsync(folder, "why", "-c", config, Url)).AssertDone();
        }

        foreach (string[] command in new string[][] { ["download", "-c", byNobody, "-u", Url, "-o", "none"], ["lookup", "url", "-c", byNobody, Url], ["why", "-c", byNobody, Url] })
        {
            ProgramResult refused = await ShacacheProgram.RunAsync(folder, command);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("401", refused.Text + refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task NearCache_WithACredential_FillsItselfFromIt()
    {
        string folder = await site.AddAccountAsync("near", "--upload", "--index", "near:");
        string config = site.WriteConfig(folder, PrivateSite.Certificate(folder, "near"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "content"), Content.Random(10_000), TestContext.Current.CancellationToken);
        (await ShacacheProgram.RunAsync(folder, "upload", "-c", config, "-f", "content", "-k", "near:a")).AssertDone();
        string settings = Path.Combine(folder, "near.ini");
        await File.WriteAllTextAsync(
            settings,
            $"""
            data = {folder}/data
            listen = http://127.0.0.1:0
            [upstream private]
            cache-url = {site.Url}/shacache
            dir-url = {site.Url}/shadir
            ca-file = {site.Authority}
            cert-file = {folder}/near.crt
            key-file = {folder}/near.key
            """,
            TestContext.Current.CancellationToken);
        using ServerProcess near = await ServerProcess.StartAsync("serve", "--config", settings);
        string reader = site.WriteConfig(folder, "", near.Url.ToString().TrimEnd('/'));

        ProgramResult download = (await ShacacheProgram.RunAsync(folder, "download", "-c", reader, "-k", "near:a")).AssertDone();

        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(folder, "content"), TestContext.Current.CancellationToken), download.Output);
    }

    [Theory]
    [InlineData("read-access", "accounts")]
    [InlineData("pages", "administrators")]
    public async Task Serve_WhatNeedsAccounts_WithoutAny_EndsWith78(string name, string value)
    {
        using var folder = new TemporaryFolder();
        (int exitCode, string error) = await ServerProcess.RunAsync("serve", "--data", folder["data"], "--listen", "http://127.0.0.1:0", $"--{name}", value);

        Assert.Equal(78, exitCode);
        Assert.Contains($"{name}: {value} needs accounts", error, StringComparison.Ordinal);
    }

    /// <summary>The same machine, which uploads nowhere.</summary>
    private static string ReaderOf(string config, string folder, string name)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllLines(path, File.ReadAllLines(config).Where(line =>
            !line.StartsWith("upload-", StringComparison.Ordinal) && !line.StartsWith("signature-private-key", StringComparison.Ordinal)));
        return path;
    }

    private Task<ProgramResult> WalkAsync(string folder, string certificate, string key) => ShacacheProgram.RunBashAsync(
        folder, $"python3 {Script} {new Uri(site.Url).Port} {site.Authority} {certificate} {key} {site.Folder}/signature.key {site.Folder}/signature.cert python:a");

    /// <summary>Its server lets only accounts read.</summary>
    public sealed class PrivateSite : AccountSite
    {
        protected override IReadOnlyList<string> MoreOptions => ["--read-access", "accounts"];

        internal static new string Certificate(string folder, string name) => AccountSite.Certificate(folder, name);
    }
}
