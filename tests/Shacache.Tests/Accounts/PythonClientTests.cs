using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Cli.Accounts;

/// <summary>The whole path as deployed Python clients walk it, with Python's own http.client and ssl (python_client.py).</summary>
public sealed class PythonClientTests(AccountSite site) : IClassFixture<AccountSite>
{
    private static readonly string Script = Path.Combine(Repository.Root, "tests", "Shacache.Tests", "Accounts", "python_client.py");

    [Fact]
    public async Task CertificateOfAnAccount_UploadsIndexesSelectsDownloads_UntilItIsRevoked()
    {
        string folder = await site.AddAccountAsync("python", "--upload", "--index", "python:");

        ProgramResult all = (await WalkAsync(folder, "python.crt", "python.key", "python:a")).AssertDone();
        Assert.Equal(
            ["GET shacache 404", "POST shacache 201", "GET shacache 200", "PUT shadir 201", "GET shadir 200", "GET shacache 200", "GET shacache 206"],
            all.Text.Split('\n', StringSplitOptions.TrimEntries).SkipLast(2));
        Assert.StartsWith("downloaded ", all.Text.Split('\n')[^2], StringComparison.Ordinal);

        // Ours reads what Python wrote.
        ProgramResult download = (await ShacacheProgram.RunAsync(folder, "download", "-c", site.WriteConfig(folder, ""), "-k", "python:a")).AssertDone();
        Assert.Equal($"downloaded {Convert.ToHexStringLower(SHA512.HashData(download.Output))}", all.Text.Split('\n')[^2]);

        Assert.Matches("\nPUT shadir 403 .*python", (await WalkAsync(folder, "python.crt", "python.key", "other:a")).AssertDone().Text);
        (await site.RunAsync("account", "revoke", "python")).AssertDone();
        Assert.Matches("^GET shacache 404\nPOST shacache 401 .*revoked", (await WalkAsync(folder, "python.crt", "python.key", "python:b")).AssertDone().Text);
    }

    [Fact]
    public async Task CertificateMadeWithOpenSsl_UnderTheAuthority_UploadsIndexesSelectsDownloads()
    {
        ExternalPrograms.Require("openssl");
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "classic-python")).FullName;
        (await ShacacheProgram.RunBashAsync(folder, $"""
            set -e
            openssl genrsa -out classic.key 2048 2>/dev/null
            openssl req -new -key classic.key -out classic.csr -subj /CN=COMP-1234 2>/dev/null
            openssl x509 -req -in classic.csr -CA {site.Authority} -CAkey {site.Data}/ca/ca.key -set_serial 77 -days 365 -sha256 -out classic.crt 2>/dev/null
            """)).AssertDone();

        Assert.Contains("\ndownloaded ", (await WalkAsync(folder, "classic.crt", "classic.key", "classic")).AssertDone().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoCertificateOrOneOfAnotherAuthority_GetsALineInsteadOfABrokenHandshake()
    {
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "stranger-python")).FullName;
        using var other = new TestAuthority();
        other.WritePair("stranger", Path.Combine(folder, "stranger.crt"), Path.Combine(folder, "stranger.key"));

        Assert.Matches("^GET shacache 404\nPOST shacache 401 [^\n]+\n$", (await WalkAsync(folder, "-", "-", "k")).AssertDone().Text);
        Assert.Matches(
            "^GET shacache 404\nPOST shacache 401 .*not issued by this cache's authority", (await WalkAsync(folder, "stranger.crt", "stranger.key", "k")).AssertDone().Text);
    }

    private Task<ProgramResult> WalkAsync(string folder, string certificate, string key, string listedKey)
    {
        ExternalPrograms.Require("python3");
        ExternalPrograms.Require("openssl");
        return ShacacheProgram.RunBashAsync(
            folder,
            $"python3 {Script} {new Uri(site.Url).Port} {site.Authority} {certificate} {key} {site.Folder}/signature.key {site.Folder}/signature.cert {listedKey}");
    }
}
