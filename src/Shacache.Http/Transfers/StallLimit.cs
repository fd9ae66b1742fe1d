namespace Shacache.Http.Transfers;

/// <summary>Reads from somebody who may fall silent.</summary>
internal static class StallLimit
{
    /// <summary>Reads what comes next.</summary>
    /// <exception cref="TimeoutException">Nothing came for <paramref name="stallTimeout"/>.</exception>
    public static async ValueTask<int> ReadAsync(Stream source, Memory<byte> buffer, TimeSpan stallTimeout, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(stallTimeout);
        try
        {
            return await source.ReadAsync(buffer, patience.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Nothing came for {stallTimeout}.", e);
        }
    }
}
