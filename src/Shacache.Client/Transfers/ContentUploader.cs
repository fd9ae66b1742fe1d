using System.Buffers;
using System.Net;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Transfers;

/// <summary>Uploads one content: digest, existence check, transfer, comparison (docs/protocol.md, "Content").</summary>
internal sealed class ContentUploader(
    HttpTransport transport, NetworkCacheOptions options, Stream source, IProgress<TransferProgress>? progress)
{
    /// <summary>A server's answer is 128 digits; a little more is read, to see that it is something else.</summary>
    private const int MaxAnswerBytes = 1024;

    private readonly long _start = source.Position;
    private readonly long _lengthBytes = source.Length - source.Position;
    private Digest _digest;

    /// <summary>Whether the server is asked before a long body is sent. Some hang up when they are: whenever no answer came, the next attempt does it the other way.</summary>
    private bool _asksFirst = true;

    /// <summary>The digest, when it is known before; otherwise <see cref="HashAsync"/> finds it.</summary>
    public Digest Digest { init => _digest = value; }

    /// <summary>Whether a server sent something else under the digest: then it is not asked whether it has the content, but given it.</summary>
    public Func<Digest, bool> IsDoubted { get; init; } = _ => false;

    /// <summary>Reads the source once to its end.</summary>
    public async Task<Digest> HashAsync(CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        byte[] piece = ArrayPool<byte>.Shared.Rent(UploadBody.PieceBytes);
        try
        {
            long done = 0;
            int read;
            while ((read = await source.ReadAsync(piece.AsMemory(0, UploadBody.PieceBytes), cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(piece, 0, read);
                done += read;
                progress?.Report(new TransferProgress(TransferStage.Hashing, done, _lengthBytes));
            }

            if (done != _lengthBytes)
                throw new IOException("The content changed its length while it was read.");
            return _digest = new Digest(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Brings the content to one server, unless that has it.</summary>
    public async Task<UploadResult> UploadAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        bool stored = !IsDoubted(_digest) && await IsStoredAsync(server, cancellationToken).ConfigureAwait(false);
        if (!stored)
            await SendAsync(server, cancellationToken).ConfigureAwait(false);
        return new UploadResult(_digest, _lengthBytes, stored, server.Uri);
    }

    /// <summary>
    /// HEAD, then a GET whose body is not read for servers that know no HEAD. Any doubt means no: an upload is always right. What a server could get
    /// from its upstreams is not there: it may be gone from them tomorrow.
    /// </summary>
    private async Task<bool> IsStoredAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Head, HttpMethod.Get])
        {
            try
            {
                using ExchangeClock clock = transport.StartClock(options, cancellationToken);
                var request = new CacheRequest(method, server, server.Append(_digest.ToString())) { OnlyIfCached = true, WantsDigest = true };
                using HttpResponseMessage response = await transport.SendAsync(request, clock).ConfigureAwait(false);
                if (response.StatusCode == HttpStatusCode.OK)
                    return response.Content.Headers.ContentLength is null || response.Content.Headers.ContentLength == _lengthBytes;
                if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.GatewayTimeout)
                    return false;
            }
            catch (RequestFailure)
            {
                // The transfer will tell, with its retries.
                return false;
            }
        }

        return false;
    }

    private async Task SendAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        using ExchangeClock clock = transport.StartClock(options, cancellationToken);
        UploadBody? body = null;
        var request = new CacheRequest(HttpMethod.Post, server, server.Uri)
        {
            Body = requestClock =>
            {
                source.Position = _start;
                return body = new UploadBody(ReadAsync, _lengthBytes, options.FirstByteTimeout, requestClock) { OnSent = Report };
            },
            ExpectContinue = _asksFirst && _lengthBytes >= UploadBody.AskFirstBytes,
        };
        try
        {
            using HttpResponseMessage response = await transport.SendAsync(request, clock).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Created)
                throw await transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
            await CompareAsync(request, response, clock).ConfigureAwait(false);
        }
        catch (RequestFailure) when (body?.SourceFailure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
            throw;
        }
        catch (RequestFailure failure) when (failure is { Kind: FailureKind.Transient, StatusCode: default(HttpStatusCode) })
        {
            _asksFirst = !_asksFirst;
            throw;
        }
    }

    private async Task CompareAsync(CacheRequest request, HttpResponseMessage response, ExchangeClock clock)
    {
        (ReadOnlyMemory<byte> bytes, bool isCut) = await BoundedText.ReadSlowlyAsync(request, response, MaxAnswerBytes, clock).ConfigureAwait(false);
        string text = isCut ? "" : Encoding.UTF8.GetString(bytes.Span);
        Digest? stored = Digest.TryParse(text.AsSpan().Trim(), out Digest parsed) ? parsed : null;
        if (stored == _digest)
            return;
        string found = stored?.ToString() ?? $"no digest ('{OneLine.Of(text)}')";
        throw new RequestFailure(
            FailureKind.Mismatch, $"{request}: the {_lengthBytes} bytes that were sent have digest {_digest}, but the server answered {found}; send them again")
        {
            Expected = _digest,
            Actual = stored,
        };
    }

    private async ValueTask<int> ReadAsync(long offset, Memory<byte> piece, CancellationToken cancellationToken)
    {
        int count = await source.ReadAsync(piece, cancellationToken).ConfigureAwait(false);
        return count > 0 ? count : throw new EndOfStreamException("The content became shorter while it was uploaded.");
    }

    private void Report(long sent) => progress?.Report(new TransferProgress(TransferStage.Uploading, sent, _lengthBytes));
}

/// <summary>A content that a server has, for certain, when this is returned.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="AlreadyStored">The server had it before: nothing was transferred.</param>
/// <param name="Server">The base URL of the server.</param>
public sealed record UploadResult(Digest Digest, long LengthBytes, bool AlreadyStored, Uri Server);
