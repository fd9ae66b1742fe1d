using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Core.Upstreams;
using Shacache.Http.Connections;
using Shacache.Http.Upstreams;
using Shacache.Protocol;

namespace Shacache.Http.Forwarding;

/// <summary>Uploads to one upstream, with its credentials, as any client does.</summary>
internal sealed class ForwardClient : IDisposable
{
    /// <summary>A longer body waits for the upstream to say that it wants it.</summary>
    private const long AskFirstBytes = 1 << 20;

    private const int MaxAnswerBytes = 512;

    private readonly UpstreamOptions _upstream;
    private readonly string _via;
    private readonly IBlobStore _blobs;
    private readonly HttpMessageInvoker _client;

    public ForwardClient(UpstreamOptions upstream, string via, IBlobStore blobs)
    {
        _upstream = upstream;
        _via = via;
        _blobs = blobs;
        _client = new HttpMessageInvoker(HttpConnections.CreateHandler(
            upstream.Tls ?? TlsSettings.CreateForClient(), upstream.Limits.ConnectTimeout, TimeSpan.FromMinutes(2)));
    }

    /// <summary>Sends what is in the queue.</summary>
    /// <exception cref="BlobStoreException">The content cannot be read here.</exception>
    public async Task<ForwardAttempt> SendAsync(ForwardItem item, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_upstream.Limits.ConnectTimeout + Patience);
        try
        {
            return item.Entry is { } entry ? await SendEntryAsync(item.Key!, entry, patience.Token) : await SendContentAsync(item.Digest, patience);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ForwardAttempt(ForwardResult.Unavailable, $"The upstream {_upstream.Name} did not answer in time.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not EndOfStreamException)
        {
            return new ForwardAttempt(
                ForwardResult.Unavailable, $"The upstream {_upstream.Name} cannot be reached, or broke off: {e.GetBaseException().Message.ReplaceLineEndings(" ")}");
        }
    }

    public void Dispose() => _client.Dispose();

    // An upload is answered when it is on the disk there.
    private TimeSpan Patience => _upstream.Limits.FirstByteTimeout > _upstream.Limits.StallTimeout ? _upstream.Limits.FirstByteTimeout : _upstream.Limits.StallTimeout;

    private async Task<ForwardAttempt> SendEntryAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        using var body = new PooledBuffer();
        EntryDocument.WritePair(body, entry);
        using HttpRequestMessage request = Request(HttpMethod.Put, _upstream.DirectoryUrl, key.ToPathSegment());
        request.Content = new ReadOnlyMemoryContent(body.Written);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage answer = await _client.SendAsync(request, cancellationToken);
        return await JudgeAsync(answer, expected: null, cancellationToken);
    }

    private async Task<ForwardAttempt> SendContentAsync(Digest digest, CancellationTokenSource patience)
    {
        await using IBlob? blob = await _blobs.OpenAsync(digest, patience.Token);

        // An entry may come before its content, or without it.
        if (blob is null)
            return new ForwardAttempt(ForwardResult.Done);
        using (HttpRequestMessage look = Request(HttpMethod.Head, _upstream.CacheUrl, digest.ToString()))
        {
            // What it has is compared before it says so.
            look.Headers.TryAddWithoutValidation("Want-Repr-Digest", "sha-512=10");
            using HttpResponseMessage found = await _client.SendAsync(look, patience.Token);
            if (found.StatusCode == HttpStatusCode.OK)
                return new ForwardAttempt(ForwardResult.Done);
        }

        if (blob.LengthBytes > AskFirstBytes && await TrySendContentAsync(blob, askFirst: true, patience) is { } attempt)
            return attempt;
        return (await TrySendContentAsync(blob, askFirst: false, patience))!.Value;
    }

    /// <returns>Null when the upstream, or something before it, cannot be asked first (RFC 9110, section 15.5.18).</returns>
    private async Task<ForwardAttempt?> TrySendContentAsync(IBlob blob, bool askFirst, CancellationTokenSource patience)
    {
        using HttpRequestMessage request = Request(HttpMethod.Post, _upstream.CacheUrl, null);
        var body = new BlobContent(blob, Patience, patience);
        request.Content = body;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.ExpectContinue = askFirst;
        patience.CancelAfter(_upstream.Limits.ConnectTimeout + Patience);
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(request, patience.Token);
            return askFirst && answer.StatusCode == HttpStatusCode.ExpectationFailed ? null : await JudgeAsync(answer, blob.Digest.ToString(), patience.Token);
        }
        catch (Exception e) when (askFirst && !body.HasBegun && e is (HttpRequestException or IOException))
        {
            // Some hang up when they are asked.
            return null;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, Uri parent, string? segment)
    {
        string url = parent.AbsoluteUri.TrimEnd('/');
        var request = new HttpRequestMessage(
            method, new Uri(segment is null ? url : $"{url}/{segment}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("Via", _via);
        request.Headers.Authorization = _upstream.Authorization;
        return request;
    }

    private async Task<ForwardAttempt> JudgeAsync(HttpResponseMessage answer, string? expected, CancellationToken cancellationToken)
    {
        int status = (int)answer.StatusCode;
        string text = await ReadLineAsync(answer, cancellationToken);
        if (answer.IsSuccessStatusCode && (expected is null || text == expected))
            return new ForwardAttempt(ForwardResult.Done);
        if (answer.IsSuccessStatusCode)
            return new ForwardAttempt(ForwardResult.Failed, $"The upstream {_upstream.Name} answered {status} with another digest than that of the content.");
        string problem = $"The upstream {_upstream.Name} answered {status}{(text.Length > 0 ? $": {text}" : ".")}";
        return new ForwardAttempt(
            status switch
            {
                408 or 429 or 502 or 503 or 504 or 507 => ForwardResult.Unavailable,
                >= 300 and < 500 => ForwardResult.Refused,
                _ => ForwardResult.Failed,
            },
            problem);
    }

    /// <summary>The first line of the body, as far as it is short.</summary>
    private static async Task<string> ReadLineAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaxAnswerBytes];
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        int count = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        string text = Encoding.UTF8.GetString(buffer, 0, count).Trim();
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return Printable.Of(end < 0 ? text : text[..end]);
    }
}
