using System.Net;
using System.Text.RegularExpressions;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>A server that is fed more than it may store.</summary>
public sealed partial class EvictionServingTests : IDisposable
{
    private const int BlobBytes = 1 << 20;
    private const int Count = 100;
    private const long LimitBytes = 50L << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = Patience };
    private readonly List<Digest> _digests = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Post_TwiceWhatIsStored_TheOldestGoAndTheNewestStay()
    {
        using ServerProcess server = await StartAsync();
        for (int number = 0; number < Count; number++)
            await PostAsync(server, number);
        using (var patience = new CancellationTokenSource(Patience))
        {
            while (CountFiles().LengthBytes > LimitBytes + (LimitBytes / 20))
                await Task.Delay(50, patience.Token);
        }

        foreach (Digest digest in _digests.TakeLast(40))
            Assert.Equal(digest, Digest.Compute(await _http.GetByteArrayAsync(new Uri(server.Url, $"/shacache/{digest}"), Token)));
        foreach (Digest digest in _digests.Take(40))
        {
            using HttpResponseMessage gone = await _http.GetAsync(new Uri(server.Url, $"/shacache/{digest}"), Token);
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        }
    }

    [Fact]
    public async Task Kill_WhileRoomIsMade_TheIndexAgreesWithTheFilesAfterwards()
    {
        using (ServerProcess server = await StartAsync())
        {
            for (int number = 0; number < Count - 13; number++)
                await PostAsync(server, number);
            await server.SignalAsync("KILL");
            await server.WaitForExitAsync();
        }

        using ServerProcess again = await StartAsync();
        Match counted = Totals().Match(await again.WaitForAnyLineAsync("The index agrees with the files"));
        await again.TerminateAsync();
        await again.WaitForExitAsync();
        BlobTotals files = CountFiles();

        // By then eviction may have begun, so what was counted is no less than what is there.
        Assert.InRange(files.Count, 1, long.Parse(counted.Groups["count"].Value));
        Assert.False(File.Exists(_folder["running"]));
        using ServerProcess last = await StartAsync("--max-store-size", "1B", "--evict-grace", "1h");
        await last.WaitForAnyLineAsync("Uploads are refused");
        Assert.Equal(files, CountFiles());
    }

    [Fact]
    public async Task Post_LargerThanTheStore_Is507BeforeTheBodyIsRead()
    {
        using ServerProcess server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, "/shacache")) { Content = new StreamContent(new NeverSentStream()) };
        request.Content.Headers.ContentLength = LimitBytes + 1;
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage answer = await _http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        Assert.Contains("max-store-size", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync(params string[] more) =>
        ServerProcess.StartAsync(["serve", "--listen", "http://127.0.0.1:0", "--data", _folder.Path, "--max-store-size", "50MiB", "--evict-grace", "0s", .. more]);

    private async Task PostAsync(ServerProcess server, int number)
    {
        byte[] content = new byte[BlobBytes];
        new Random(number).NextBytes(content);
        using var body = new ByteArrayContent(content);
        using HttpResponseMessage answer = await _http.PostAsync(new Uri(server.Url, "/shacache"), body, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        _digests.Add(Digest.Compute(content));
    }

    private BlobTotals CountFiles()
    {
        FileInfo[] files = new DirectoryInfo(_folder["blobs"]).GetFiles("*", SearchOption.AllDirectories);
        return new BlobTotals(files.Length, files.Sum(file => file.Length));
    }

    [GeneratedRegex("files: (?<count>[0-9]+) objects", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Totals();

    /// <summary>A body of which nothing may be asked for.</summary>
    private sealed class NeverSentStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => 0;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("The body is read.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
