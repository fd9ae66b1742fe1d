using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

[assembly: AssemblyFixture(typeof(ServerUnderTest))]
[assembly: AssemblyFixture(typeof(ServerOverKestrel))]

namespace Shacache.Conformance.Server;

/// <summary>
/// The server that all tests of the two surfaces share: the one that CONFORMANCE_CACHE_URL and CONFORMANCE_DIR_URL name, else the built program.
/// </summary>
public class ServerUnderTest : IAsyncLifetime
{
    private TemporaryFolder? _folder;
    private ServerProcess? _process;

    /// <summary>With the settings it has by itself.</summary>
    public ServerUnderTest()
        : this([])
    {
    }

    /// <summary>With other settings.</summary>
    internal ServerUnderTest((string Name, string Value)[] settings) => Settings = settings;

    internal (string Name, string Value)[] Settings { get; set; }

    internal Uri CacheUrl { get; private set; } = null!;

    internal Uri DirectoryUrl { get; private set; } = null!;

    internal PythonClient Python { get; private set; } = null!;

    /// <summary>The process; a test that must look into it is skipped when the server was not started by the suite.</summary>
    internal ServerProcess Process
    {
        get
        {
            Assert.SkipWhen(_process is null, "CONFORMANCE_CACHE_URL names a server whose process is out of reach.");
            return _process!;
        }
    }

    /// <inheritdoc/>
    public virtual async ValueTask InitializeAsync()
    {
        string? cache = Environment.GetEnvironmentVariable("CONFORMANCE_CACHE_URL");
        string? directory = Environment.GetEnvironmentVariable("CONFORMANCE_DIR_URL");
        if (string.IsNullOrEmpty(cache) != string.IsNullOrEmpty(directory))
            throw new InvalidOperationException("Set both CONFORMANCE_CACHE_URL and CONFORMANCE_DIR_URL, or neither.");
        if (!string.IsNullOrEmpty(cache))
        {
            CacheUrl = new Uri(cache);
            DirectoryUrl = new Uri(directory!);
        }
        else
        {
            _folder = new TemporaryFolder();
            _process = await ServerProcess.StartAsync(_folder.Data, Settings);
            CacheUrl = _process.CacheUrl;
            DirectoryUrl = _process.DirectoryUrl;
        }

        Python = new PythonClient(CacheUrl, DirectoryUrl);
    }

    /// <summary>Ends the server, and fails when anything that clients did to it was logged as an error of its own.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_process is null)
            return;
        await _process.StopAsync();
        string log = _process.Output;
        await _process.DisposeAsync();
        _folder?.Dispose();
        Assert.DoesNotContain(" fail: ", log, StringComparison.Ordinal);
        Assert.DoesNotContain(" crit: ", log, StringComparison.Ordinal);
    }

    /// <summary>Sends a request on a connection of its own, as it is written, and takes the first answer.</summary>
    /// <param name="head">Request line and headers without Host and without the empty line; lines end with CR LF. "{cache}" and "{dir}" stand for the paths.</param>
    /// <param name="body">Sent after the empty line, as it is.</param>
    internal async Task<WireResponse> SendAsync(string head, byte[]? body = null)
    {
        await using WireConnection connection = await OpenAsync(head);
        await connection.SendAsync(Head(head));
        if (body is { Length: > 0 })
            await connection.TrySendAsync(body);
        return await connection.ReceiveAsync(toHead: head.StartsWith("HEAD ", StringComparison.Ordinal));
    }

    /// <param name="head">Says which surface is meant: a "{dir}" in it names the directory.</param>
    internal Task<WireConnection> OpenAsync(string head = "{cache}") => WireConnection.OpenAsync(SurfaceOf(head));

    /// <summary>A request's head in full: Host after the request line, the empty line at its end.</summary>
    internal string Head(string head)
    {
        string text = Fill(head);
        int lineEnd = text.IndexOf("\r\n", StringComparison.Ordinal);
        string requestLine = lineEnd < 0 ? text : text[..lineEnd];
        string headers = lineEnd < 0 ? "" : text[(lineEnd + 2)..] + "\r\n";
        return $"{requestLine}\r\nHost: {SurfaceOf(head).Authority}\r\n{headers}\r\n";
    }

    private Uri SurfaceOf(string head) => head.Contains("{dir}", StringComparison.Ordinal) ? DirectoryUrl : CacheUrl;

    internal string Fill(string text) => text
        .Replace("{cache}", CacheUrl.AbsolutePath.TrimEnd('/'), StringComparison.Ordinal)
        .Replace("{dir}", DirectoryUrl.AbsolutePath.TrimEnd('/'), StringComparison.Ordinal);
}

/// <summary>The same with the transport that comes with Kestrel.</summary>
public sealed class ServerOverKestrel() : ServerUnderTest([("SHACACHE_TRANSPORT", "kestrel")])
{
    /// <summary>Itself; skips the test when the server was not started by the suite, as its transport is not chosen here.</summary>
    internal ServerUnderTest Own => Process is not null ? this : throw new InvalidOperationException();
}
