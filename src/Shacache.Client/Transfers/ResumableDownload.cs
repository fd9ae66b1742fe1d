using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Protocol;

namespace Shacache.Client.Transfers;

/// <summary>Receives one content over any number of attempts: each goes on where the one before broke off, when the server can.</summary>
internal sealed class ResumableDownload(
    HttpTransport transport, NetworkCacheOptions options, VerifiedDestination destination, TransferStage stage, IProgress<TransferProgress>? progress)
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>The server whose transfer broke off, and can be resumed; null when the next attempt begins at the first byte.</summary>
    private CacheUrl? _resumableAt;
    private string? _condition;
    private long? _totalBytes;

    /// <summary>What is wrong with an answer that begins with the first byte; null when nothing is.</summary>
    public required Func<HttpResponseMessage, string?> FindProblem { get; init; }

    /// <summary>The value of <c>If-Range</c> by which a server knows that it still has the same bytes; null when the answer has none.</summary>
    public required Func<HttpResponseMessage, string?> FindCondition { get; init; }

    /// <summary>Whether a transfer is resumed without such a condition, too: the digest tells whether the parts belong together.</summary>
    public bool IsVerified { get; init; }

    /// <summary>Told of each answer that begins with the first byte.</summary>
    public Action<HttpResponseMessage>? OnBegin { get; init; }

    /// <summary>One attempt.</summary>
    /// <param name="whole">Asks for the whole content.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The answer, whose body is in the destination to its end, or 304 when the request is conditional. To be disposed.</returns>
    /// <exception cref="RequestFailure">The content did not come to its end.</exception>
    public async Task<HttpResponseMessage> ReceiveAsync(CacheRequest whole, CancellationToken cancellationToken)
    {
        bool resumes = ReferenceEquals(_resumableAt, whole.Server) && destination.LengthBytes > 0;
        CacheRequest request = resumes
            ? whole with { Range = Rest.Range, IfRange = _condition, IfNoneMatch = null, IfModifiedSince = null }
            : whole;
        using ExchangeClock clock = transport.StartClock(options, cancellationToken);
        HttpResponseMessage response = await transport.SendAsync(request, clock).ConfigureAwait(false);
        try
        {
            if (resumes && response.StatusCode == HttpStatusCode.PartialContent)
                EnsureContinues(request, response);
            else if (response.StatusCode == HttpStatusCode.OK)
                BeginAnew(request, response);
            else if (response.StatusCode == HttpStatusCode.NotModified && (request.IfNoneMatch ?? request.IfModifiedSince) is not null)
                return response;
            else if (resumes && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                throw LosesRange(request, "the server no longer has the rest");
            else
                throw await transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
            await CopyAsync(request, response, clock, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The next attempt begins at the first byte.</summary>
    public void Forget() => _resumableAt = null;

    private ResumePoint Rest => new(destination.LengthBytes, _totalBytes);

    private void BeginAnew(CacheRequest request, HttpResponseMessage response)
    {
        if (FindProblem(response) is { } problem)
            throw new RequestFailure(FailureKind.Unusable, $"{request}: {problem}");
        _totalBytes = response.Content.Headers.ContentLength;
        EnsureAccepted(request, _totalBytes);
        destination.BeginAnew();
        OnBegin?.Invoke(response);
        _condition = FindCondition(response);
        bool canResume = _totalBytes is not null && response.Headers.AcceptRanges.Contains("bytes") && (IsVerified || _condition is not null);
        _resumableAt = canResume ? request.Server : null;
    }

    private void EnsureContinues(CacheRequest request, HttpResponseMessage response)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (!Rest.IsContinuedBy(range) || range?.To != _totalBytes - 1)
            throw LosesRange(request, $"the server sends another range ({OneLine.Of($"{range}")}) than the rest from byte {destination.LengthBytes} on");
    }

    private RequestFailure LosesRange(CacheRequest request, string problem)
    {
        Forget();
        return new RequestFailure(FailureKind.Transient, $"{request}: {problem}");
    }

    private async Task CopyAsync(CacheRequest request, HttpResponseMessage response, ExchangeClock clock, CancellationToken cancellationToken)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            while ((read = await ReadAsync(request, response, piece, clock).ConfigureAwait(false)) > 0)
            {
                EnsureAccepted(request, destination.LengthBytes + read);
                await destination.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                progress?.Report(new TransferProgress(stage, destination.LengthBytes, _totalBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        if (destination.LengthBytes < _totalBytes)
            throw new RequestFailure(FailureKind.Transient, $"{request}: broke off after {destination.LengthBytes} of {_totalBytes} bytes");
    }

    private void EnsureAccepted(CacheRequest request, long? lengthBytes)
    {
        if (lengthBytes > options.MaxContentBytes)
            throw new RequestFailure(FailureKind.Unusable, $"{request}: the content is larger than the {options.MaxContentBytes} bytes that this client accepts");
    }

    private async ValueTask<int> ReadAsync(CacheRequest request, HttpResponseMessage response, byte[] piece, ExchangeClock clock)
    {
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            return await clock.ReadAsync(body, piece.AsMemory(0, PieceBytes)).ConfigureAwait(false);
        }
        catch (Exception e) when (clock.IsTrouble(e))
        {
            throw HttpTransport.Explain(request, e, clock, $" (after {destination.LengthBytes} bytes)");
        }
    }
}
