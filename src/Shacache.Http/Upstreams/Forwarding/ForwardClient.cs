using System.Net;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Core.Upstreams;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams.Forwarding;

/// <summary>Uploads to one upstream, with its credentials, as any client does.</summary>
internal sealed class ForwardClient : IDisposable
{
    private const int MaxAnswerBytes = 512;

    private readonly UpstreamOptions _upstream;
    private readonly string _via;
    private readonly IBlobStore _blobs;
    private readonly TimeProvider _time;
    private readonly HttpSender _sender;
    private readonly TlsScope? _tls;
    private readonly ExchangeLimits _limits;

    public ForwardClient(UpstreamOptions upstream, string via, IBlobStore blobs, TimeProvider time)
    {
        _upstream = upstream;
        _via = via;
        _blobs = blobs;
        _time = time;
        UpstreamLimits limits = upstream.Limits;
        _sender = new HttpSender(new ConnectionSettings { ConnectTimeout = limits.ConnectTimeout });
        _tls = upstream.Tls is { } tls ? new TlsScope(() => tls, tls.ClientCertificateContext is not null) : null;

        // An upload is answered when it is on the disk there.
        TimeSpan longer = limits.FirstByteTimeout > limits.StallTimeout ? limits.FirstByteTimeout : limits.StallTimeout;
        _limits = new ExchangeLimits { ConnectTimeout = limits.ConnectTimeout, AnswerTimeout = limits.ConnectTimeout + longer, StallTimeout = longer };
    }

    /// <summary>Sends what is in the queue.</summary>
    /// <exception cref="BlobStoreException">The content cannot be read here.</exception>
    public async Task<ForwardAttempt> SendAsync(ForwardItem item, CancellationToken cancellationToken)
    {
        try
        {
            return item.Entry is { } entry ? await SendEntryAsync(item.Key!, entry, cancellationToken) : await SendContentAsync(item.Digest, cancellationToken);
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

    public void Dispose() => _sender.Dispose();

    private async Task<ForwardAttempt> SendEntryAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken)
    {
        OutgoingRequest request = Request(HttpMethod.Put, ExactUrl.Below(_upstream.DirectoryUrl, key.ToPathSegment())) with
        {
            Body = _ => UploadBody.ForEntry(entry),
        };
        return await SendAsync(request, expected: null, cancellationToken);
    }

    private async Task<ForwardAttempt> SendContentAsync(Digest digest, CancellationToken cancellationToken)
    {
        await using IBlob? blob = await _blobs.OpenAsync(digest, cancellationToken);

        // An entry may come before its content, or without it.
        if (blob is null || await IsStoredAsync(digest, cancellationToken))
            return new ForwardAttempt(ForwardResult.Done);
        UploadBody? body = null;
        OutgoingRequest request = Request(HttpMethod.Post, ExactUrl.Below(_upstream.CacheUrl, null)) with
        {
            Body = clock => body = new UploadBody(ReadAsync, blob.LengthBytes, _limits.StallTimeout, clock),
            ExpectContinue = blob.LengthBytes >= UploadBody.AskFirstBytes,
        };
        try
        {
            return await SendAsync(request, digest.ToString(), cancellationToken);
        }
        catch (Exception e) when (request.ExpectContinue && body is not { HasBegun: true } && e is HttpRequestException or IOException)
        {
            // Some hang up when they are asked.
            return await SendAsync(request with { ExpectContinue = false }, digest.ToString(), cancellationToken);
        }

        async ValueTask<int> ReadAsync(long offset, Memory<byte> piece, CancellationToken cancellation)
        {
            int count = await blob.ReadAsync(offset, piece, cancellation);
            return count > 0 ? count : throw new EndOfStreamException($"Object {digest} ends after {offset} of {blob.LengthBytes} bytes.");
        }
    }

    private async Task<bool> IsStoredAsync(Digest digest, CancellationToken cancellationToken)
    {
        using var clock = new ExchangeClock(_limits, _time, cancellationToken);
        OutgoingRequest request = Request(HttpMethod.Head, ExactUrl.Below(_upstream.CacheUrl, digest.ToString())) with { WantsDigest = true };
        using HttpResponseMessage answer = await _sender.SendAsync(request, clock);
        return answer.StatusCode == HttpStatusCode.OK;
    }

    private OutgoingRequest Request(HttpMethod method, Uri url) => new(method, url)
    {
        UserAgent = null,
        AcceptEncoding = null,
        Credentials = _upstream.Authorization,
        Tls = _tls,
        Via = _via,
        FollowsRedirects = false,
    };

    private async Task<ForwardAttempt> SendAsync(OutgoingRequest request, string? expected, CancellationToken cancellationToken)
    {
        using var clock = new ExchangeClock(_limits, _time, cancellationToken);
        using HttpResponseMessage answer = await _sender.SendAsync(request, clock);
        clock.WaitForRest();
        return await JudgeAsync(answer, expected, clock.Token);
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

/// <summary>What became of sending something.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Problem">One line; empty when it is done.</param>
internal readonly record struct ForwardAttempt(ForwardResult Result, string Problem = "");

/// <summary>How sending something to an upstream ended.</summary>
internal enum ForwardResult
{
    /// <summary>The upstream has it.</summary>
    Done,

    /// <summary>The upstream will never take it.</summary>
    Refused,

    /// <summary>The upstream failed on this; it may take other things.</summary>
    Failed,

    /// <summary>The upstream takes nothing now.</summary>
    Unavailable,
}
