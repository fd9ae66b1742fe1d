using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Cli.Commands;

/// <summary>Real files, modes and servers.</summary>
public sealed class ConfigCheckCommandTests(CacheSite site) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_GoodConfiguration_Is0AndNamesCertificatesAndServers()
    {
        ProgramResult result = (await ShacacheProgram.RunAsync(_folder.Path, "config", "check", "-c", site.Config)).AssertDone();
        Assert.EndsWith($"\n\n{site.Config}: 0 wrong, 0 doubtful.\n", result.Text, StringComparison.Ordinal);
        Assert.Matches("\nok +certificate +1 CN=builder +RSA 2048 bits, SHA-256 fingerprint [0-9a-f]{64}\n", result.Text);
        Assert.Matches($"\nok +server +download-cache-url upload-cache-url download-binary-cache-url upload-binary-cache-url +{site.BaseUrl}/shacache answers\n", result.Text);
        Assert.Matches($"\nok +signing key +[^ ]+ +RSA 2048 bits, certificate 1 of the list .CN=builder.\n", result.Text);
        Assert.DoesNotContain("\nfail", result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("downlod-cache-url = http://h/", "option downlod-cache-url", "write download-cache-url")]
    [InlineData("download_dir_url = http://h/", "option download_dir_url", "write download-dir-url")]
    [InlineData("signature-certificat-list = x", "option signature-certificat-list", "write signature-certificate-list")]
    [InlineData("binary-cache-url-blaklist = x", "option binary-cache-url-blaklist", "write download-from-binary-cache-url-blacklist")]
    [InlineData("signature-policy = weak", "option signature-policy", "correct it: no client starts with it")]
    [InlineData("download-cache-url = ftp://u:top-secret@h/", "option download-cache-url", "correct it: no client starts with it")]
    [InlineData("upload-dir-url = %(nothing)s", "option upload-dir-url", "correct it: no client starts with it")]
    [InlineData("upload-cache-url = http://h/", "download cache upload", "set both, or neither")]
    [InlineData("shadir-ca-file = missing\nupload-dir-url = http://h/\nupload-cache-url = http://h/", "file shadir-ca-file missing", "correct the path, or make the file")]
    public async Task Run_OneThingWrong_Is1AndSaysWhatToDo(string lines, string what, string remedy)
    {
        JsonElement report = await CheckAsync(1, "[networkcache]\n" + lines);
        JsonElement check = Assert.Single(Checks(report), check => $"{check.GetProperty("check")} {check.GetProperty("about")}" == what);
        Assert.Equal(("fail", remedy), (check.GetProperty("result").GetString(), check.GetProperty("remedy").GetString()));
        Assert.DoesNotContain("top-secret", report.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OldName_IsDoubtfulAloneAndWrongBesideTheNew()
    {
        string trust = $"signature-certificate-list =\n  {site.Certificate.ReplaceLineEndings("\n  ")}\n";
        JsonElement alone = await CheckAsync(0, $"[networkcache]\n{trust}binary-cache-url-blacklist = http://x/");
        Assert.Equal(["binary-cache-url-blacklist"], About(alone, "doubt"));
        JsonElement beside = await CheckAsync(1, $"[networkcache]\n{trust}binary-cache-url-blacklist = http://x/\ndownload-from-binary-cache-url-blacklist = http://y/");
        Assert.Equal(["binary-cache-url-blacklist"], About(beside, "fail"));
    }

    /// <summary>What it calls ignored is what the commands ignore, and slapgrid.</summary>
    [Theory]
    [InlineData("[networkcache]\nsignature_private_key_file = k", "signature_private_key_file", "doubt", "it is the old name of signature-private-key-file")]
    [InlineData("[slapos]\nsignature_private_key_file = k\n[networkcache]", "signature_private_key_file", "doubt", "it is the old name of signature-private-key-file")]
    [InlineData("[slapos]\ndownload-dir-url = http://h/\n[networkcache]", "download-dir-url", "fail", "it is in section [slapos], where nothing reads it")]
    [InlineData("[slapos]\nshadir-ca-file = k\n[networkcache]\nshadir-ca-file = k", "shadir-ca-file", "doubt", "it is in section [networkcache] and in [slapos]: what [networkcache] has counts")]
    [InlineData("[slapos]\nshadir_ca_file = k\n[networkcache]", "shadir_ca_file", "fail", "it is not known in section [slapos], and is ignored")]
    [InlineData("[slapos]\nupload-cache-url = http://h/\nupload-dir-url = http://h/", "[networkcache]", "note", "there is no such section; slapgrid takes the options of [slapos]")]
    [InlineData("[slapos]\nmaster_url = %(nowhere)s\n[networkcache]", "master_url", "fail", null)]
    public async Task Run_OptionsOfBothSections_AreReadAsSlapgridReadsThem(string content, string option, string result, string? finding)
    {
        await File.WriteAllTextAsync(_folder["k"], "no secret", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_folder["c.cfg"], content, TestContext.Current.CancellationToken);
        ProgramResult report = await ShacacheProgram.RunAsync(_folder.Path, "config", "check", "-c", "c.cfg", "--offline", "--json");
        JsonElement check = Assert.Single(
            Checks(JsonDocument.Parse(report.Text).RootElement),
            check => check.GetProperty("check").GetString() == "option" && check.GetProperty("about").GetString() == option);
        Assert.Equal(result, check.GetProperty("result").GetString());
        if (finding is not null)
            Assert.Equal(finding, check.GetProperty("finding").GetString());
    }

    [Fact]
    public async Task Run_MissingFileWhereOnlyIsDownloaded_StopsSlapgrid()
    {
        JsonElement report = await CheckAsync(1, "[networkcache]\nshacache-cert-file = missing\nsignature-certificate-file = missing\n");
        Assert.Equal(["shacache-cert-file missing"], About(report, "fail", "file"));
        Assert.Equal(["signature-certificate-file missing"], About(report, "note", "file"));
    }

    [Fact]
    public async Task Run_PrivateKeyWhereOnlyIsDownloaded_ShouldNotBeThere()
    {
        await GenerateKeyAsync("k", "c");
        JsonElement report = await CheckAsync(1, "[networkcache]\nsignature-private-key-file = k\n");
        JsonElement[] about = [.. Checks(report).Where(check => check.GetProperty("about").GetString() == "signature-private-key-file k")];
        Assert.Equal("it is a private key, but this machine only downloads", about[0].GetProperty("finding").GetString());
        Assert.Equal("ok", about[1].GetProperty("result").GetString());

        File.SetUnixFileMode(_folder["k"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        JsonElement open = await CheckAsync(1, "[networkcache]\nsignature-private-key-file = k\n");
        Assert.Contains(Checks(open), check => check.GetProperty("finding").GetString() == "it is a private key, and everybody on this machine can read it (mode 604)");
    }

    [Fact]
    public async Task Run_KeyOutsideTheListOrOfAnotherCertificate_IsWrong()
    {
        await GenerateKeyAsync("k", "c");
        await GenerateKeyAsync("k2", "c2");
        string upload = "[networkcache]\nupload-cache-url = http://127.0.0.1/c\nupload-dir-url = http://127.0.0.1/d\nsignature-private-key-file = k\n" +
            "signature-certificate-file = c2\n";
        JsonElement report = await CheckAsync(1, $"{upload}signature-certificate-list =\n  {site.Certificate.ReplaceLineEndings("\n  ")}");
        Assert.Equal(["k", "c2"], About(report, "fail", "signing key"));
        string own = (await File.ReadAllTextAsync(_folder["c"])).ReplaceLineEndings("\n  ");
        JsonElement corrected = await CheckAsync(0, $"{upload.Replace("= c2", "= c", StringComparison.Ordinal)}signature-certificate-list =\n  {own}");
        Assert.Empty(About(corrected, "fail"));
    }

    [Fact]
    public async Task Run_PasswordInAReadableFile_IsWrongAndNeverShown()
    {
        const string Lines = "[networkcache]\ndownload-cache-url = http://u:top-secret@example.org/c\ndownload-dir-url = http://u:top-secret@example.org/d\n";
        JsonElement report = await CheckAsync(1, Lines);
        Assert.Contains(Checks(report), check => check.GetProperty("finding").GetString()!.StartsWith("it holds a password, and everybody", StringComparison.Ordinal));
        Assert.Equal(2, About(report, "doubt").Length);
        Assert.DoesNotContain("top-secret", report.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, "fail", "not valid now")]
    [InlineData(3, "doubt", "that is soon")]
    [InlineData(20, "ok", "")]
    public async Task Run_ClientCertificate_SaysUntilWhenItIsValid(int days, string result, string end)
    {
        using var authority = new TestAuthority();
        using (ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        using (X509Certificate2 certificate = authority.Issue(key, "build-1", TimeSpan.FromDays(-9), TimeSpan.FromDays(days)))
        {
            await File.WriteAllTextAsync(_folder["a.crt"], certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
            TestAuthority.WriteKey(_folder["a.key"], key.ExportPkcs8PrivateKeyPem());
        }

        JsonElement report = await CheckAsync(
            days < 0 ? 1 : 0,
            "[networkcache]\nupload-cache-url = https://127.0.0.1/c\nupload-dir-url = https://127.0.0.1/d\nshacache-cert-file = a.crt\nshacache-key-file = a.key\n" +
            $"signature-certificate-list =\n  {site.Certificate.ReplaceLineEndings("\n  ")}");
        JsonElement check = Assert.Single(Checks(report), check => check.GetProperty("check").GetString() == "tls");
        Assert.Equal(result, check.GetProperty("result").GetString());
        Assert.Matches($"^CN=build-1, valid until [0-9-]{{10}}(: )?{end}$", check.GetProperty("finding").GetString());
    }

    [Fact]
    public async Task Run_TokenThatOthersReadOrThatGoesOverHttp_IsWrongAndNeverShown()
    {
        await File.WriteAllTextAsync(_folder["token"], "top-secret\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_folder["token"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        JsonElement report = await CheckAsync(
            1, "[networkcache]\nupload-cache-url = http://cache.example/c\nupload-dir-url = https://cache.example/d\nupload-token-file = token\n");
        Assert.Equal(["http://cache.example/c"], About(report, "fail", "download cache"));
        Assert.Contains(
            Checks(report), check => check.GetProperty("finding").GetString() == "it is a token, and everybody on this machine can read it (mode 604)");
        Assert.DoesNotContain("top-secret", report.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ServerHasNothingAtThePath_IsWrong()
    {
        await File.WriteAllTextAsync(_folder["path.cfg"], $"""
            [networkcache]
            download-cache-url = {site.BaseUrl}/x/shacache
            download-dir-url = {site.BaseUrl}/shadirectory {site.BaseUrl}/shadir
            """);
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "config", "check", "-c", "path.cfg", "--json");
        Assert.Equal(1, result.ExitCode);
        JsonElement report = JsonDocument.Parse(result.Text).RootElement;
        Assert.Equal(["download-cache-url", "download-dir-url"], About(report, "fail", "server").Order(StringComparer.Ordinal));
        Assert.Equal(["download-dir-url"], About(report, "ok", "server"));
        Assert.Contains("There is nothing at this path", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ServersThatDoNotAnswer_AreAskedAtOnceAndNamed()
    {
        // Port 9 is discard, where no server listens. The silent one accepts connections and never answers.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await File.WriteAllTextAsync(_folder["dead.cfg"], $"""
            [networkcache]
            download-cache-url = http://u:top-secret@127.0.0.1:9/c {site.BaseUrl}/shacache
            download-dir-url = {site.BaseUrl}/shadir http://{silent.LocalEndpoint}/a http://{silent.LocalEndpoint}/b http://{silent.LocalEndpoint}/c
            """);
        long started = Stopwatch.GetTimestamp();
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "config", "check", "-c", "dead.cfg", "--json");
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        Assert.Equal(1, result.ExitCode);
        JsonElement report = JsonDocument.Parse(result.Text).RootElement;
        Assert.Equal(["download-cache-url", "download-dir-url", "download-dir-url", "download-dir-url"], About(report, "fail", "server").Order(StringComparer.Ordinal));
        Assert.Equal(2, About(report, "ok", "server").Length);
        Assert.DoesNotContain("top-secret", result.Text, StringComparison.Ordinal);
        Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(45));
    }

    [Theory]
    [InlineData("hello\n", "c.cfg:1: this line comes before the first [section].")]
    [InlineData(null, "c.cfg: the file cannot be read: ")]
    public async Task Run_UnreadableFile_Is1AndSaysWhere(string? content, string finding)
    {
        JsonElement report = await CheckAsync(1, content);
        JsonElement check = Assert.Single(Checks(report));
        Assert.StartsWith(finding, check.GetProperty("finding").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MisspeltSection_IsNamed()
    {
        JsonElement report = await CheckAsync(1, "[network-cache]\n[slapos]\ncomputer-id = x\n");
        Assert.Contains(Checks(report), check => check.GetProperty("remedy").GetString() == "rename [network-cache] to [networkcache]");
        Assert.Contains(Checks(report), check => check.GetProperty("remedy").GetString() == "write computer_id");
    }

    private static JsonElement.ArrayEnumerator Checks(JsonElement report) => report.GetProperty("checks").EnumerateArray();

    private static string[] About(JsonElement report, string result, string? check = null) =>
    [
        .. Checks(report).Where(found => found.GetProperty("result").GetString() == result && (check is null || found.GetProperty("check").GetString() == check))
            .Select(found => found.GetProperty("about").GetString() ?? ""),
    ];

    private async Task<JsonElement> CheckAsync(int exitCode, string? content)
    {
        if (content is not null)
            await File.WriteAllTextAsync(_folder["c.cfg"], content);
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "config", "check", "-c", "c.cfg", "--offline", "--json");
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Error));
        return JsonDocument.Parse(result.Text).RootElement;
    }

    private async Task GenerateKeyAsync(string key, string certificate) =>
        (await ShacacheProgram.RunAsync(
            _folder.Path, "generate-signature-key", "--key-file", key, "--certificate-file", certificate, "--bits", "2048", "--common-name", certificate)).AssertDone();
}
