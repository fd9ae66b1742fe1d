using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>Valid requests with random damage. The seed is fixed, so a failure can be repeated.</summary>
public class FuzzTests : IAsyncLifetime
{
    private const int Lanes = 4;
    private const int RequestsPerLane = 750;

    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;
    private ServerProcess _server = null!;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public FuzzTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected FuzzTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(_folder.Data, await _stores.NewAsync());

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(20260101)]
    public async Task MutatedRequests_NeverGetA5xx(int seed)
    {
        byte[] content = Encoding.ASCII.GetBytes("content of the fuzzed server");
        string digest = Bytes.DigestOf(content);
        await _server.Python.UploadAsync(content);
        await _server.Python.PutEntryAsync("fuzz:key=1", Entries.Pair($$"""{"sha512": "{{digest}}"}""", ""));
        long before = _server.Memory.ResidentBytes;
        await using var neighbour = new Neighbour(_server.Python);

        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => RunLaneAsync(new RequestMutator(seed + lane, _server.Url.Authority, digest))));

        await neighbour.AssertUnharmedAsync();
        Assert.True(await _server.IsHealthyAsync());
        Assert.Equal(content, (await _server.Python.DownloadAsync(digest)).Body);
        Assert.Contains(Entries.Read(await _server.Python.ListAsync("fuzz:key=1")), e => e.Information.Contains(digest, StringComparison.Ordinal));
        Assert.InRange(_server.Memory.ResidentBytes - before, long.MinValue, 96 * ServerMemory.MiB);
        Assert.DoesNotContain("Unhandled", _server.Output, StringComparison.OrdinalIgnoreCase);
    }

    private async Task RunLaneAsync(RequestMutator mutator)
    {
        for (int i = 0; i < RequestsPerLane; i++)
        {
            byte[] request = mutator.Next();
            await using WireConnection connection = await WireConnection.OpenAsync(_server.Url);
            await connection.TrySendAsync(request);
            connection.FinishSending();
            string answers = await ReadToEndAsync(connection);
            Assert.False(
                answers.Contains("HTTP/1.1 5", StringComparison.Ordinal) || answers.Contains("HTTP/1.0 5", StringComparison.Ordinal),
                $"{Escape(request)}\n\ngot:\n\n{answers}");
        }
    }

    private static async Task<string> ReadToEndAsync(WireConnection connection)
    {
        var answers = new StringBuilder();
        byte[] part = new byte[4096];
        try
        {
            while (await connection.ReadAsync(part) is > 0 and var count)
                answers.Append(Encoding.Latin1.GetString(part, 0, count));
        }
        catch (IOException)
        {
            // A reset ends it as well: the server need not read the rest of what it refuses.
        }

        return answers.ToString();
    }

    private static string Escape(byte[] request) =>
        string.Concat(request.Select(b => b is >= 32 and < 127 or 10 ? ((char)b).ToString() : $"\\x{b:x2}"));
}
