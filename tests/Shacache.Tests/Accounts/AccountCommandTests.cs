using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Shacache.Cli.Running;

namespace Shacache.Cli.Accounts;

/// <summary>The commands of accounts against a server that runs: real TLS, real sockets, each machine in a folder of its own.</summary>
public sealed class AccountCommandTests(AccountSite site) : IClassFixture<AccountSite>
{
    [Fact]
    public async Task RequestApproveFetchUploadRevoke_TheWholeWay_WorksAndEndsAtOnce()
    {
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "whole")).FullName;
        ProgramResult request = (await site.RunAfarAsync(folder, "account", "request", "--name", "whole")).AssertDone();
        string spoken = Line(request.Text, "Fingerprint:");
        Assert.Matches("^([0-9a-f]{4} ){7}[0-9a-f]{4}$", spoken);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "whole.key")));

        (await site.RunAfarAsync(folder, "account", "fetch", "--name", "whole")).AssertFails(
            3, $"shacache: the request of whole waits for the operator, who is to compare its fingerprint, {spoken}. Try again later, or wait with --wait 1h.");
        Assert.Contains($"\nwhole  {spoken}  ", (await site.RunAsync("account", "list", "whole")).AssertDone().Text, StringComparison.Ordinal);

        ProgramResult approved = (await site.RunAsync("account", "approve", "whole", "--upload", "--index", "own:", "--quota", "1MiB", "--days", "10")).AssertDone();
        Assert.Equal(spoken, Line(approved.Text, "Fingerprint:"));
        (await site.RunAfarAsync(folder, "account", "fetch", "--name", "whole")).AssertDone();
        using (X509Certificate2 certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "whole.crt"), Token)))
        {
            Assert.Equal("CN=whole", certificate.Subject);
            Assert.InRange(certificate.NotAfter, DateTime.Now.AddDays(9), DateTime.Now.AddDays(11));
        }

        string config = site.WriteConfig(folder, AccountSite.Certificate(folder, "whole"));
        (await AccountSite.UploadAsync(config, "own:a")).AssertDone();
        ProgramResult elsewhere = await AccountSite.UploadAsync(config, "other:a");
        Assert.Equal(1, elsewhere.ExitCode);
        Assert.Contains(": the server answered 403 Forbidden (", elsewhere.Error, StringComparison.Ordinal);
        Assert.Contains("; its operator decides what this machine may do.", elsewhere.Error, StringComparison.Ordinal);

        (await site.RunAsync("account", "revoke", "whole")).AssertDone();
        ProgramResult revoked = await AccountSite.UploadAsync(config, "own:b");
        Assert.Equal(1, revoked.ExitCode);
        Assert.Contains(": the server answered 401 Unauthorized (", revoked.Error, StringComparison.Ordinal);
        Assert.Contains("revoked", revoked.Error, StringComparison.Ordinal);
        (await ShacacheProgram.RunAsync(folder, "download", "-c", config, "-k", "own:a")).AssertDone();

        JsonElement[] log = [.. (await site.JsonAsync("account", "log", "--limit", "0")).EnumerateArray()];
        Assert.Equal(
            ["revoke", "approve", "request"],
            log.Where(line => line.GetProperty("subject").GetString() == "whole").Select(line => line.GetProperty("action").GetString()));
        // Lines of uploads are written a moment later than they come.
        Assert.Equal(
            ["index", "upload", "upload"],
            log.Where(line => line.GetProperty("actor").GetString() == "whole").Select(line => line.GetProperty("action").GetString()).Order(StringComparer.Ordinal));
        Assert.Contains(log, line => line.GetProperty("subject").GetString() == "own:a" && line.GetProperty("from").GetString() == "127.0.0.1");
    }

    [Fact]
    public async Task Fetch_Wait_GetsItOnceItIsApproved()
    {
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "waiter")).FullName;
        (await site.RunAfarAsync(folder, "account", "request", "--name", "waiter")).AssertDone();
        Task<ProgramResult> fetch = site.RunAfarAsync(folder, "account", "fetch", "--name", "waiter", "--wait", "50s");
        (await site.RunAsync("account", "approve", "waiter")).AssertDone();
        (await fetch).AssertDone();
        Assert.True(File.Exists(Path.Combine(folder, "waiter.crt")));
    }

    [Fact]
    public async Task Approve_TwoAskForOneName_MustBeToldWhich()
    {
        string[] spoken = new string[2];
        for (int i = 0; i < 2; i++)
        {
            string folder = Directory.CreateDirectory(Path.Combine(site.Folder, $"twin-{i}")).FullName;
            spoken[i] = Line((await site.RunAfarAsync(folder, "account", "request", "--name", "twin")).AssertDone().Text, "Fingerprint:");
        }

        ProgramResult unclear = await site.RunAsync("account", "approve", "twin");
        Assert.Equal(2, unclear.ExitCode);
        Assert.Contains("2 requests ask for the account twin, and one of them may be from another sender. Say which with --fingerprint: ", unclear.Error, StringComparison.Ordinal);
        Assert.All(spoken, text => Assert.Contains($"'{text}' from 127.0.0.1", unclear.Error, StringComparison.Ordinal));

        (await site.RunAsync("account", "reject", "twin", "--fingerprint", spoken[0][..14])).AssertDone();
        (await site.RunAsync("account", "approve", "twin", "--fingerprint", spoken[1].ToUpperInvariant())).AssertDone();
        ProgramResult rejected = await site.RunAfarAsync(Path.Combine(site.Folder, "twin-0"), "account", "fetch", "--name", "twin");
        Assert.Equal(3, rejected.ExitCode);
        (await site.RunAfarAsync(Path.Combine(site.Folder, "twin-1"), "account", "fetch", "--name", "twin")).AssertDone();
    }

    [Fact]
    public async Task Request_Again_IsTheSameRequestAndKeepsTheKey()
    {
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "again")).FullName;
        ProgramResult first = (await site.RunAfarAsync(folder, "account", "request", "--name", "again")).AssertDone();
        string key = await File.ReadAllTextAsync(Path.Combine(folder, "again.key"), Token);
        ProgramResult second = (await site.RunAfarAsync(folder, "account", "request", "--name", "again")).AssertDone();

        Assert.Equal(Line(first.Text, "Fingerprint:"), Line(second.Text, "Fingerprint:"));
        Assert.Equal("again.key (it was there already; it never leaves this machine)", Line(second.Text, "Private key:"));
        Assert.Equal(key, await File.ReadAllTextAsync(Path.Combine(folder, "again.key"), Token));
        Assert.Single((await site.JsonAsync("account", "list", "again")).GetProperty("requests").EnumerateArray());
    }

    [Fact]
    public async Task Renew_ValidCertificate_IsReplacedAndBothWork()
    {
        string folder = await site.AddAccountAsync("renewer", "--upload", "--index", "");
        string certificate = Path.Combine(folder, "renewer.crt");
        File.Copy(certificate, Path.Combine(folder, "old.crt"));
        File.Copy(Path.Combine(folder, "renewer.key"), Path.Combine(folder, "old.key"));
        string before = await File.ReadAllTextAsync(certificate, Token);

        ProgramResult idle = (await site.RunAfarAsync(folder, "account", "renew", "--name", "renewer", "--within", "30d")).AssertDone();
        Assert.Contains("nothing was done", idle.Text, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(certificate, Token));
        ProgramResult renewed = (await site.RunAfarAsync(folder, "account", "renew", "--name", "renewer")).AssertDone();
        Assert.StartsWith("renewer.crt: renewed, valid until ", renewed.Text, StringComparison.Ordinal);
        Assert.NotEqual(before, await File.ReadAllTextAsync(certificate, Token));

        (await AccountSite.UploadAsync(site.WriteConfig(folder, AccountSite.Certificate(folder, "renewer")), "renewed")).AssertDone();
        (await AccountSite.UploadAsync(site.WriteConfig(folder, AccountSite.Certificate(folder, "old")), "old")).AssertDone();

        string prefix = Core.Accounts.Fingerprint.OfCertificate(X509Certificate2.CreateFromPem(before)).Value[..16];
        (await site.RunAsync("account", "revoke", "renewer", "--certificate", prefix)).AssertDone();
        Assert.Equal(1, (await AccountSite.UploadAsync(site.WriteConfig(folder, AccountSite.Certificate(folder, "old")), "old")).ExitCode);
        (await AccountSite.UploadAsync(site.WriteConfig(folder, AccountSite.Certificate(folder, "renewer")), "renewed")).AssertDone();
    }

    /// <summary>What the operator chose holds for what is renewed, too.</summary>
    [Fact]
    public async Task Renew_ApprovedForMoreDays_IsGoodForAsManyAgain()
    {
        string folder = await site.AddAccountAsync("patient", "--upload", "--days", "400");
        (await site.RunAfarAsync(folder, "account", "renew", "--name", "patient")).AssertDone();
        using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "patient.crt"), Token));
        Assert.InRange(certificate.NotAfter.ToUniversalTime() - DateTime.UtcNow, TimeSpan.FromDays(399), TimeSpan.FromDays(400));
    }

    [Fact]
    public async Task Approve_OutputThatCannotBeWritten_LeavesTheRequest()
    {
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "unwritable")).FullName;
        (await site.RunAfarAsync(folder, "account", "request", "--name", "unwritable")).AssertDone();
        ProgramResult result = await site.RunAsync("account", "approve", "unwritable", "--output", "no/where.crt");
        result.AssertFails(1, $"shacache: The certificate no/where.crt cannot be made: there is no folder {site.Folder}/no. Nothing was made.");
        Assert.Single((await site.JsonAsync("account", "list", "unwritable")).GetProperty("requests").EnumerateArray());
    }

    /// <summary>Where an upload gets 401, the check finds why; where it works, the check says with which account.</summary>
    [Fact]
    public async Task ConfigCheck_RevokedOrMissingCredentials_FindsWhatUploadIsRefusedFor()
    {
        string folder = await site.AddAccountAsync("checked", "--upload", "--index", "pypi:");
        string byCertificate = site.WriteConfig(folder, AccountSite.Certificate(folder, "checked"));
        (await site.RunAsync("account", "token", "checked", "--output", Path.Combine(folder, "checked.token"))).AssertDone();
        string byToken = site.WriteConfig(folder, $"upload-token-file = {folder}/checked.token");
        string byNothing = site.WriteConfig(folder, "");

        Assert.Matches("\nok +account +upload-cache-url +checked, by certificate, valid until [-0-9]{10}: it may upload\n", (await CheckAsync(byCertificate, 0)).Text);
        Assert.Matches("\nok +account +upload-dir-url +checked, by token, valid until [-0-9]{10}: it may list keys that begin with pypi:\n", (await CheckAsync(byToken, 0)).Text);
        Assert.Matches("\nfail +account +upload-cache-url .* the server answered 401 ", (await CheckAsync(byNothing, 1)).Text);
        (await site.RunAsync("account", "rights", "checked", "--none")).AssertDone();
        Assert.Matches("\nfail +account +upload-cache-url +checked, by certificate: it may not upload ", (await CheckAsync(byCertificate, 1)).Text);

        (await site.RunAsync("account", "revoke", "checked")).AssertDone();
        foreach (string config in new[] { byCertificate, byToken })
        {
            ProgramResult check = await CheckAsync(config, 1);
            Assert.Matches("\nfail +account +upload-cache-url .* the server answered 401 Unauthorized \\(.*revoked", check.Text);
            Assert.Matches("\nfail +account +upload-dir-url .* the server answered 401 ", check.Text);
        }
    }

    [Fact]
    public async Task Revoke_UnknownName_Is3AndRefusesTheNameAllTheSame()
    {
        (await site.RunAsync("account", "revoke", "never-there")).AssertFails(
            3, "shacache: there is no account never-there; 'shacache account list' shows those there are. Certificates that name it, made elsewhere, are refused from now on.");
        Assert.NotEqual(JsonValueKind.Null, (await site.JsonAsync("account", "list", "never-there")).GetProperty("accounts")[0].GetProperty("revoked_at").ValueKind);
    }

    /// <summary>What the user did is named: neither the URL, nor an unknown host, nor an option of another program.</summary>
    [Fact]
    public async Task AnyCommand_Refused_NamesWhatTheCallerNamed()
    {
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "messages")).FullName;
        ProgramResult untrusted = await ShacacheProgram.RunAsync(folder, "account", "request", "--name", "m", "--url", site.Url);
        untrusted.AssertFails(
            1, $"shacache: POST {site.Url}/account/request: TLS failed: the certificate of the server is not trusted (PartialChain). " +
            "If the server has a CA of its own, name the certificate of that CA: --ca of the commands.");
        ProgramResult download = await ShacacheProgram.RunAsync(
            folder, "download", "-c", site.WriteConfig(folder, ""), "-k", "nothing");
        Assert.Equal(3, download.ExitCode);
        string plain = site.WriteConfig(folder, "");
        await File.WriteAllTextAsync(plain, (await File.ReadAllTextAsync(plain, Token)).Replace("shadir-ca-file", "x-ca-file", StringComparison.Ordinal), Token);
        ProgramResult withoutCa = await ShacacheProgram.RunAsync(folder, "download", "-c", plain, "-k", "nothing");
        Assert.EndsWith(
            "If the server has a CA of its own, name its certificate in shadir-ca-file, which counts for the hosts of the upload URLs, or add that CA to those of this machine.\n",
            withoutCa.Error, StringComparison.Ordinal);
        ProgramResult http = await ShacacheProgram.RunAsync(folder, "account", "list", "--url", site.Url.Replace("https:", "http:", StringComparison.Ordinal));
        Assert.Contains("the server closed the connection without an answer; perhaps it expects https", http.Error, StringComparison.Ordinal);
        ProgramResult socket = await site.RunAsync("account", "token", "never-heard-of");
        Assert.DoesNotContain("admin.invalid", socket.Error, StringComparison.Ordinal);
        Assert.Contains($"POST /admin/accounts/never-heard-of/tokens at {site.Data}/admin.sock: ", socket.Error, StringComparison.Ordinal);
    }

    /// <summary>Each line of the audit log is one line on a terminal of 110 columns.</summary>
    [Fact]
    public async Task Log_OnATerminal_IsALineForEach()
    {
        string folder = await site.AddAccountAsync("logged", "--upload", "--index", "");
        (await AccountSite.UploadAsync(site.WriteConfig(folder, AccountSite.Certificate(folder, "logged")), "a-key-of-the-log")).AssertDone();
        int count = (await site.JsonAsync("account", "log", "--account", "logged")).GetArrayLength();
        using var terminal = PseudoTerminal.Start(site.Folder, "stty cols 110; $SHACACHE account log --account logged");
        (int exitCode, string shown) = await terminal.FinishAsync();
        Assert.Equal(0, exitCode);
        string[] rows = [.. shown.Split('\n').Where(line => line.Contains('│', StringComparison.Ordinal))];
        Assert.Equal(1 + count, rows.Length);
        Assert.Equal(count, rows.Count(row => row.Contains("logged", StringComparison.Ordinal)));
    }

    private static async Task<ProgramResult> CheckAsync(string config, int exitCode)
    {
        ProgramResult result = await ShacacheProgram.RunAsync(Path.GetDirectoryName(config)!, "config", "check", "-c", config);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Error));
        return result;
    }

    [Fact]
    public async Task Token_MadeUsedRevoked_IsShownOnceAndRefusedAtOnce()
    {
        string folder = await site.AddAccountAsync("tokener");
        JsonElement made = await site.JsonAsync("account", "token", "tokener", "--expires", "30d");
        string secret = made.GetProperty("token").GetString()!;
        Assert.InRange(made.GetProperty("expires_at").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddDays(29), DateTimeOffset.UtcNow.AddDays(31));
        (await site.RunAsync("account", "token", "tokener", "--output", Path.Combine(folder, "token"))).AssertDone();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "token")));

        string byFile = site.WriteConfig(folder, $"upload-token-file = {folder}/token");
        string byPassword = site.WriteConfig(folder, "", site.Url.Replace("https://", $"https://tokener:{secret}@", StringComparison.Ordinal));
        (await AccountSite.UploadAsync(byFile, "by-file")).AssertDone();
        (await AccountSite.UploadAsync(byPassword, "by-password")).AssertDone();

        ProgramResult list = (await site.RunAsync("account", "token", "tokener", "--list")).AssertDone();
        string id = made.GetProperty("id").GetString()!;
        Assert.Contains($"\n{id}  ", list.Text, StringComparison.Ordinal);
        ProgramResult all = (await site.RunAsync("account", "list", "tokener", "--json")).AssertDone();
        Assert.DoesNotContain(secret, list.Text + all.Text + (await site.RunAsync("account", "log", "--limit", "0")).Text, StringComparison.Ordinal);

        (await site.RunAsync("account", "token", "tokener", "--revoke", id)).AssertDone();
        ProgramResult refused = await AccountSite.UploadAsync(byPassword, "by-password");
        Assert.Equal(1, refused.ExitCode);
        Assert.DoesNotContain(secret, refused.Error, StringComparison.Ordinal);
        (await AccountSite.UploadAsync(byFile, "by-file")).AssertDone();
        (await site.RunAsync("account", "token", "unknown", "--revoke", id)).AssertFails(3, "shacache: there is no account unknown.");
    }

    [Fact]
    public async Task Rights_Changed_HoldFromTheNextRequestOn()
    {
        string folder = await site.AddAccountAsync("righter", "--upload", "--index", "a:");
        string config = site.WriteConfig(folder, AccountSite.Certificate(folder, "righter"));
        Assert.Equal("righter may: upload, index a:*.\n", (await site.RunAsync("account", "rights", "righter")).AssertDone().Text);
        (await AccountSite.UploadAsync(config, "a:1")).AssertDone();

        Assert.Equal(
            "righter may: upload, index b:* c:*; 1GiB a day.\n",
            (await site.RunAsync("account", "rights", "righter", "--upload", "--index", "b:", "--index", "c:", "--quota", "1GiB")).AssertDone().Text);
        Assert.Equal(1, (await AccountSite.UploadAsync(config, "a:2")).ExitCode);
        (await AccountSite.UploadAsync(config, "c:2")).AssertDone();
        Assert.Equal("righter may: none.\n", (await site.RunAsync("account", "rights", "righter", "--none")).AssertDone().Text);
        ProgramResult none = await AccountSite.UploadAsync(config, "c:3");
        Assert.Contains(": the server answered 403 Forbidden (", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quota_UsedUp_IsToldAtOnceWithTheTimeToWait()
    {
        await LeaveMidnightBehindAsync();
        string folder = await site.AddAccountAsync("eater", "--upload", "--index", "", "--quota", "15000B");
        string config = site.WriteConfig(folder, AccountSite.Certificate(folder, "eater"));
        (await AccountSite.UploadAsync(config, "eaten")).AssertDone();

        ProgramResult full = await AccountSite.UploadAsync(config, "eaten");

        Assert.Equal(1, full.ExitCode);
        Assert.Contains(": the server answered 429 Too Many Requests (", full.Error, StringComparison.Ordinal);
        Assert.Contains("; it asks to be left alone for ", full.Error, StringComparison.Ordinal);
        JsonElement account = (await site.JsonAsync("account", "list", "eater")).GetProperty("accounts")[0];
        Assert.Equal(10_000, account.GetProperty("used_bytes_today").GetInt64());
    }

    [Fact]
    public async Task FromAfar_AccountThatMayAdminister_DoesWhatTheOperatorDoes()
    {
        string folder = await site.AddAccountAsync("chief", "--administer");
        (await site.RunAsync("account", "token", "chief", "--output", Path.Combine(folder, "token"))).AssertDone();
        string asker = Directory.CreateDirectory(Path.Combine(site.Folder, "asker")).FullName;
        (await site.RunAfarAsync(asker, "account", "request", "--name", "asker")).AssertDone();

        ProgramResult list = (await site.RunAfarAsync(folder, "account", "list", "asker", "--cert", "chief.crt", "--key", "chief.key")).AssertDone();
        Assert.StartsWith("Requests that wait for you:\n", list.Text, StringComparison.Ordinal);
        (await site.RunAfarAsync(folder, "account", "approve", "asker", "--token-file", "token")).AssertDone();
        string authority = $"--url {site.Url} --ca {site.Authority}";
        (await ShacacheProgram.RunBashAsync(folder, $"SHACACHE_TOKEN=$(cat token) $SHACACHE account rights asker --none {authority}")).AssertDone();
        (await site.RunAfarAsync(folder, "account", "revoke", "asker", "--cert", "chief.crt", "--key", "chief.key")).AssertDone();
        ProgramResult log = (await site.RunAfarAsync(folder, "account", "log", "--account", "chief", "--cert", "chief.crt", "--key", "chief.key", "--json")).AssertDone();
        Assert.Equal(
            ["revoke", "set-rights", "approve"], JsonDocument.Parse(log.Output).RootElement.EnumerateArray().Select(line => line.GetProperty("action").GetString()));

        // Who administers may not upload.
        Assert.Contains("403", (await AccountSite.UploadAsync(site.WriteConfig(folder, AccountSite.Certificate(folder, "chief")), "x")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FromAfar_WithoutTheRight_IsRefusedWithAReason()
    {
        string folder = await site.AddAccountAsync("worker");
        ProgramResult lacking = await site.RunAfarAsync(folder, "account", "list", "--cert", "worker.crt", "--key", "worker.key");
        Assert.Equal(1, lacking.ExitCode);
        Assert.Contains("/admin/requests: the server answered 403 Forbidden (", lacking.Error, StringComparison.Ordinal);
        ProgramResult anonymous = await site.RunAfarAsync(folder, "account", "list");
        Assert.Equal(1, anonymous.ExitCode);
        Assert.Contains("the server answered 401 Unauthorized (", anonymous.Error, StringComparison.Ordinal);
        ProgramResult untrusted = await ShacacheProgram.RunAsync(folder, "account", "list", "--url", site.Url);
        Assert.Equal(1, untrusted.ExitCode);
        Assert.Contains(": TLS failed: ", untrusted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_TokenOverPlainHttpOnLoopback_WorksAndAnonymousIsRefused()
    {
        string folder = await site.AddAccountAsync("local");
        (await site.RunAsync("account", "token", "local", "--output", Path.Combine(folder, "token"))).AssertDone();
        (await AccountSite.UploadAsync(site.WriteConfig(folder, $"upload-token-file = {folder}/token", site.PlainUrl), "k")).AssertDone();
        ProgramResult anonymous = await AccountSite.UploadAsync(site.WriteConfig(folder, "", site.PlainUrl), "k");
        Assert.Equal(1, anonymous.ExitCode);
        Assert.Contains("the server answered 401 Unauthorized (", anonymous.Error, StringComparison.Ordinal);
        Assert.Contains("; check the credentials of this machine: ", anonymous.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_Follow_ShowsWhatIsAdded()
    {
        string folder = await site.AddAccountAsync("followed");
        using PseudoTerminal terminal = PseudoTerminal.Start(site.Folder, "$SHACACHE account log --follow --subject followed");
        await terminal.ReadUntilAsync("approve");
        (await site.RunAsync("account", "rights", "followed", "--none")).AssertDone();
        await terminal.ReadUntilAsync("set-rights  followed");
        terminal.Type("\u0003");
        Assert.Equal(130, (await terminal.FinishAsync()).ExitCode);
        Assert.True(Directory.Exists(folder));
    }

    [Fact]
    public async Task OpenSslCertificateUnderTheAuthority_IsAnAccountToo()
    {
        ExternalPrograms.Require("openssl");
        string folder = Directory.CreateDirectory(Path.Combine(site.Folder, "openssl")).FullName;
        (await ShacacheProgram.RunBashAsync(folder, $"""
            set -e
            openssl req -newkey rsa:2048 -nodes -keyout classic.key -out classic.csr -subj /CN=classic 2>/dev/null
            openssl x509 -req -in classic.csr -CA {site.Authority} -CAkey {site.Data}/ca/ca.key -CAcreateserial -CAserial serial -days 30 -sha256 -out classic.crt 2>/dev/null
            """)).AssertDone();
        string config = site.WriteConfig(folder, AccountSite.Certificate(folder, "classic"));

        (await AccountSite.UploadAsync(config, "any-key")).AssertDone();
        (await site.RunAsync("account", "rights", "classic", "--upload", "--index", "own:")).AssertDone();
        Assert.Contains("403", (await AccountSite.UploadAsync(config, "any-key")).Error, StringComparison.Ordinal);
        (await AccountSite.UploadAsync(config, "own:key")).AssertDone();
        (await site.RunAsync("account", "revoke", "classic")).AssertDone();
        Assert.Contains("401", (await AccountSite.UploadAsync(config, "own:key")).Error, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A quota is of a day (UTC): what counts bytes must not begin just before its end.</summary>
    private static async Task LeaveMidnightBehindAsync()
    {
        TimeSpan left = TimeSpan.FromDays(1) - DateTime.UtcNow.TimeOfDay;
        if (left < TimeSpan.FromMinutes(1))
            await Task.Delay(left + TimeSpan.FromSeconds(1), Token);
    }

    private static string Line(string text, string title) =>
        text.Split('\n').First(line => line.StartsWith(title, StringComparison.Ordinal))[title.Length..].Trim();
}
