using System.Security.Cryptography;
using Shacache.Cli.Running;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Conditions;

/// <summary>What containers and hardened units take away from a process is not missed.</summary>
public sealed class NarrowProcessTests : IDisposable
{
    /// <summary>Denies memory that is written and executed, as MemoryDenyWriteExecute= does (PR_SET_MDWE), and becomes the program.</summary>
    private const string DenyWriteExecute = """
        import ctypes, os, sys
        if ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0):
            sys.exit("PR_SET_MDWE: " + os.strerror(ctypes.get_errno()))
        os.execvp(sys.argv[1], sys.argv[1:])
        """;

    /// <summary>Only the folder of the first argument, and the program's own of /proc and /dev, can be written to.</summary>
    private const string ReadOnlyRoot = """
        set -e
        mount --bind "$1" "$1"
        for place in $(awk '{print $5}' /proc/self/mountinfo); do
          case $place in /proc*|/sys*|/dev*|"$1"*) ;; *) mount -o remount,bind,ro "$place" ;; esac
        done
        ! touch /tmp/of-shacache 2>/dev/null
        shift
        exec "$@"
        """;

    private static readonly string Entry = $$"""["{\"sha512\": \"{{new string('a', 128)}}\"}", ""]""";
    private static readonly HttpClient Http = new();
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-u", "HOME")]
    [InlineData("HOME=/", "TMPDIR=/nowhere")]
    [InlineData("HOME=/proc", "XDG_CACHE_HOME=/proc")]
    public Task Serve_NoHome_Works(string first, string second) => ServeAsync(["env", first, second]);

    [Fact]
    public async Task Serve_OnlyItsFolderCanBeWrittenTo_Works()
    {
        Directory.CreateDirectory(_folder["data"]);
        ProgramResult allowed = await ShacacheProgram.RunBashAsync(_folder.Path, "unshare --mount true");
        Assert.SkipUnless(allowed.ExitCode == 0, "This user may make no mount namespaces.");
        await ServeAsync(["unshare", "--mount", "bash", "-c", ReadOnlyRoot, "bash", _folder["data"]]);
    }

    [Fact]
    [Trait("Program", "native")]
    public Task Serve_OneGibibyteOfAddresses_Works()
    {
        ShacacheProgram.RequireNative();
        return ServeAsync(["bash", "-c", "ulimit -v 1048576; exec \"$@\"", "bash"]);
    }

    [Fact]
    [Trait("Program", "native")]
    public Task Serve_NoMemoryIsWrittenAndExecuted_Works()
    {
        ShacacheProgram.RequireNative();
        ExternalPrograms.Require("python3");
        Assert.SkipWhen(Environment.OSVersion.Version < new Version(6, 3), "This kernel cannot deny it (PR_SET_MDWE).");
        return ServeAsync(["python3", "-c", DenyWriteExecute]);
    }

    [Fact]
    [Trait("Program", "native")]
    public async Task Serve_Map_NothingIsWritableAndExecutable()
    {
        ShacacheProgram.RequireNative();
        await ServeAsync([], async server =>
        {
            string[] map = await File.ReadAllLinesAsync($"/proc/{server.Id}/maps", Token);
            Assert.Contains(map, line => line.Contains(" r-xp ", StringComparison.Ordinal));
            Assert.DoesNotContain(map, line => line.Contains(" rwx", StringComparison.Ordinal));
        });
    }

    /// <summary>Serves what servers serve: content of all sizes, many connections at once, listings, TLS, metrics, commands by its socket.</summary>
    private async Task ServeAsync(string[] launcher, Func<ServerProcess, Task>? look = null)
    {
        using (var authority = new Testing.Tls.TestAuthority())
        {
            Directory.CreateDirectory(_folder["data", "certificates"]);
            authority.WritePair("cache", _folder["data", "certificates", "tls.crt"], _folder["data", "certificates", "tls.key"]);
        }

        using ServerProcess server = await ServerProcess.StartThroughAsync(
            launcher, "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0 https://127.0.0.1:0",
            "--tls-certificate", _folder["data", "certificates", "tls.crt"], "--tls-key", _folder["data", "certificates", "tls.key"]);
        await Parallel.ForAsync(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 30, CancellationToken = Token }, async (number, token) =>
        {
            byte[] content = RandomNumberGenerator.GetBytes(number % 10 == 0 ? 5_000_000 : 10_000);
            using HttpResponseMessage stored = await Http.PostAsync(new Uri(server.Url, "/shacache"), new ByteArrayContent(content), token);
            string digest = await stored.EnsureSuccessStatusCode().Content.ReadAsStringAsync(token);
            Assert.Equal(content, await Http.GetByteArrayAsync(new Uri(server.Url, $"/shacache/{digest}"), token));
        });
        using HttpResponseMessage put = await Http.PutAsync(new Uri(server.Url, "/shadir/some-key"), new StringContent(Entry), Token);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(Token));
        Assert.Contains("sha512", await Http.GetStringAsync(new Uri(server.Url, "/shadir/some-key"), Token), StringComparison.Ordinal);
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate!.Subject == "CN=cache" } });
        Uri encrypted = server.FirstLine.Split(' ', ';').Where(word => word.StartsWith("https:", StringComparison.Ordinal)).Select(word => new Uri(word)).Single();
        Assert.Equal("ok\n", await client.GetStringAsync(new Uri(encrypted, "/healthz"), Token));
        Assert.Contains("shacache_", await Http.GetStringAsync(new Uri(server.Url, "/metrics"), Token), StringComparison.Ordinal);
        Assert.Equal(0, (await ShacacheProgram.RunAsync(_folder.Path, "admin", "check", "--data", _folder["data"])).ExitCode);
        if (look is not null)
            await look(server);
        await server.TerminateAsync();
        Assert.Equal(0, await server.WaitForExitAsync());
    }
}
