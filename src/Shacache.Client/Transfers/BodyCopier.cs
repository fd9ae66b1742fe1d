using System.Buffers;
using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;

namespace Shacache.Client.Transfers;

/// <summary>Copies the body of an answer into the destination, within the limits of time and length.</summary>
internal sealed class BodyCopier(
    NetworkCacheOptions options, VerifiedDestination destination, TransferStage stage, IProgress<TransferProgress>? progress)
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>What is wrong with a partial answer that should go on where the destination ends; null when nothing is.</summary>
    public string? FindRangeProblem(HttpResponseMessage response, long? totalBytes)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        bool continues = range?.Unit == "bytes" && range.From == destination.LengthBytes && range.To == totalBytes - 1 &&
            (!range.HasLength || range.Length == totalBytes);
        return continues ? null : $"the server sends another range ({OneLine.Of($"{range}")}) than the rest from byte {destination.LengthBytes} on";
    }

    /// <summary>Copies until the body ends.</summary>
    /// <param name="request">For messages.</param>
    /// <param name="response">Its body is read.</param>
    /// <param name="totalBytes">Length of the whole content, null when unknown. A shorter body is a failure that may pass.</param>
    /// <param name="clock">Restarted for every piece.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RequestFailure">The body stalled, broke off, or is longer than accepted.</exception>
    public async Task CopyAsync(
        CacheRequest request, HttpResponseMessage response, long? totalBytes, TransferClock clock, CancellationToken cancellationToken)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            while ((read = await ReadAsync(request, response, piece, clock).ConfigureAwait(false)) > 0)
            {
                EnsureAccepted(request, destination.LengthBytes + read);
                await destination.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                progress?.Report(new TransferProgress(stage, destination.LengthBytes, totalBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        if (destination.LengthBytes < totalBytes)
            throw new RequestFailure(FailureKind.Transient, $"{request}: broke off after {destination.LengthBytes} of {totalBytes} bytes");
    }

    /// <summary>Fails for a length that is more than the client accepts.</summary>
    public void EnsureAccepted(CacheRequest request, long? lengthBytes)
    {
        if (lengthBytes > options.MaxContentBytes)
            throw new RequestFailure(FailureKind.Unusable, $"{request}: the content is larger than the {options.MaxContentBytes} bytes that this client accepts");
    }

    private async ValueTask<int> ReadAsync(CacheRequest request, HttpResponseMessage response, byte[] piece, TransferClock clock)
    {
        try
        {
            return await clock.ReadAsync(response, piece.AsMemory(0, PieceBytes)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !clock.IsCancelledByCaller))
        {
            throw HttpTransport.Explain(request, e, clock, $" (after {destination.LengthBytes} bytes)");
        }
    }
}
