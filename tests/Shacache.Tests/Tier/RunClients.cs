using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Testing.Blobs;

namespace Shacache.Tests.Tier;

/// <summary>Clients of several nodes: they remember what was acknowledged, and judge every answer.</summary>
/// <param name="fronts">Where they send requests: to each in turn.</param>
internal sealed class RunClients(IReadOnlyList<Uri> fronts) : IDisposable
{
    private static readonly int[] Lengths = [4096, 4096, 4096, 60_000, 300_000, 1_000_000];

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = TimeSpan.FromSeconds(90) };
    private readonly ConcurrentDictionary<int, Stored> _stored = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private int _uploads;
    private int _acknowledged;
    private int _reads;
    private int _turn;
    private int _measured;
    private volatile bool _isMeasuring;

    /// <summary>What must not have happened.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>Answers that faults explain, and how many of each.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public int Reads => Volatile.Read(ref _reads);

    public async Task UploadAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            int number = Interlocked.Increment(ref _uploads);
            byte[] content = Content(number);
            Digest digest = Digest.Compute(content);
            string key = $"/shadir/file-urlmd5:{number:x32}";
            string entry = $$"""["{\"sha512\": \"{{digest}}\"}",""]""";
            if (!await TryAsync(HttpMethod.Post, "/shacache", content, HttpStatusCode.Created, Acknowledge, cancellationToken))
                continue;
            _stored[number] = new Stored(digest, key, HasEntry: false);
            Interlocked.Increment(ref _acknowledged);
            if (await TryAsync(HttpMethod.Put, key, Encoding.UTF8.GetBytes(entry), HttpStatusCode.Created, static _ => null, cancellationToken))
                _stored[number] = new Stored(digest, key, HasEntry: true);

            string? Acknowledge(byte[] body) => Encoding.ASCII.GetString(body) == digest.ToString() ? null : "acknowledged as another one";
        }
    }

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            int number = Choose();
            if (!_stored.TryGetValue(number, out Stored stored))
                await Task.Delay(5, CancellationToken.None);
            else if (await TryReadAsync(stored, cancellationToken))
                Interlocked.Increment(ref _reads);
        }
    }

    /// <summary>From now on the objects are read that are there, each as often as any other.</summary>
    public void ReadOnlyWhatIsThere() => (_measured, _isMeasuring) = (Volatile.Read(ref _uploads), true);

    /// <summary>From now on the objects are read that were there at the last call of <see cref="ReadOnlyWhatIsThere"/>.</summary>
    public void ReadOnlyWhatWasThere() => _isMeasuring = true;

    /// <summary>From now on any object is read.</summary>
    public void ReadEverything() => _isMeasuring = false;

    /// <summary>Reads everything that was acknowledged, from one node; what fails is asked for again.</summary>
    public async Task ReadAllAsync(Uri node, CancellationToken cancellationToken) => await Parallel.ForEachAsync(
        _stored.Values,
        new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
        async (stored, token) =>
        {
            int attempts = 0;
            while (!await TryReadAsync(stored, token, node))
            {
                if (!_violations.IsEmpty || ++attempts == 100)
                {
                    _violations.Enqueue($"{stored.Digest} could not be read from {node}");
                    return;
                }

                await Task.Delay(200, token);
            }
        });

    public void Dispose() => _http.Dispose();

    private int Choose()
    {
        int count = _isMeasuring ? _measured : Volatile.Read(ref _uploads);
        if (count == 0)
            return 0;

        // Half of the reads are of what came lately.
        return _isMeasuring || Random.Shared.Next(2) == 0 ? Random.Shared.Next(1, count + 1) : Math.Max(1, count - Random.Shared.Next(50));
    }

    private static byte[] Content(int number)
    {
        byte[] content = PatternStream.Bytes(Lengths[number % Lengths.Length]);
        BitConverter.TryWriteBytes(content, number);
        return content;
    }

    private async Task<bool> TryReadAsync(Stored stored, CancellationToken cancellationToken, Uri? node = null)
    {
        bool isRead = await TryAsync(
            HttpMethod.Get, $"/shacache/{stored.Digest}", null, HttpStatusCode.OK, body => Digest.Compute(body) == stored.Digest ? null : "wrong bytes", cancellationToken, node);
        if (!stored.HasEntry || (node is null && Random.Shared.Next(4) > 0))
            return isRead;
        return isRead & await TryAsync(
            HttpMethod.Get, stored.Key, null, HttpStatusCode.OK,
            body => Encoding.UTF8.GetString(body).Contains(stored.Digest.ToString(), StringComparison.Ordinal) ? null : "another listing", cancellationToken, node);
    }

    /// <summary>Sends a request, and judges the answer.</summary>
    /// <returns>Whether it was the wanted one.</returns>
    private async Task<bool> TryAsync(
        HttpMethod method, string path, byte[]? content, HttpStatusCode wanted, Func<byte[], string?> judge, CancellationToken cancellationToken, Uri? node = null)
    {
        Uri front = node ?? fronts[(int)((uint)Interlocked.Increment(ref _turn) % (uint)fronts.Count)];
        using var request = new HttpRequestMessage(method, new Uri(front, path)) { Content = content is null ? null : new ByteArrayContent(content) };
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            string? problem = answer.StatusCode == wanted ? judge(body) : null;
            if (answer.StatusCode == wanted && problem is null)
                return true;
            if (problem is not null)
                _violations.Enqueue($"{method} {path}: {problem}");
            else if (answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
                Count($"{(int)answer.StatusCode}");
            else
                _violations.Enqueue($"{method} {path}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(body)}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Count("cut connection");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
        catch (OperationCanceledException)
        {
            _violations.Enqueue($"{method} {path}: no answer within {_http.Timeout.TotalSeconds} s");
        }

        // As a client does; else a node that is gone would be asked thousands of times a second.
        await Task.Delay(50, CancellationToken.None);
        return false;
    }

    private void Count(string failure) => _failures.AddOrUpdate(failure, 1, static (_, count) => count + 1);

    private readonly record struct Stored(Digest Digest, string Key, bool HasEntry);
}
