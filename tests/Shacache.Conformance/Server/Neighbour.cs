using Shacache.Conformance.Wire;

namespace Shacache.Conformance.Server;

/// <summary>A well-behaved client that works on while something hostile goes on, and must not notice it.</summary>
internal sealed class Neighbour : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Task<int> _work;

    public Neighbour(PythonClient client) => _work = Task.Run(() => WorkAsync(client));

    /// <summary>Ends it, and fails when any of its requests did, or when it got nothing done.</summary>
    public async Task AssertUnharmedAsync()
    {
        await _stop.CancelAsync();
        Assert.True(await _work > 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _stop.Dispose();
    }

    private async Task<int> WorkAsync(PythonClient client)
    {
        int rounds = 0;
        do
        {
            byte[] content = Bytes.Fresh(20_000);
            string digest = Bytes.DigestOf(content);
            string key = Bytes.FreshKey();
            Assert.False(await client.ExistsAsync(digest));
            await client.UploadAsync(content);
            Assert.Equal(content, (await client.DownloadAsync(digest)).Body);
            string information = $$"""{"sha512": "{{digest}}"}""";
            Answer.HasStatus(201, await client.PutEntryAsync(key, Entries.Pair(information, "")));
            Assert.Equal([(information, "")], Entries.Read(await client.ListAsync(key)));
            rounds++;
        }
        while (!_stop.IsCancellationRequested);
        return rounds;
    }
}
