using Shacache.Core.Retention;
using Shacache.Http.Answers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes;

/// <summary>Makes this server have a file, by the same transfer that clients follow.</summary>
internal sealed class FilePull(GatewayIndex index, OriginTransfers transfers, BlockList blocks, TimeProvider time)
{
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(1);

    /// <summary>Fetches it unless it is here.</summary>
    /// <returns>How many bytes came; null when it was here.</returns>
    /// <exception cref="RefusedException">It cannot be had, or not be kept.</exception>
    public async ValueTask<long?> RunAsync(OriginFile file, CancellationToken cancellationToken)
    {
        if (GatewayKeys.AllForClients(file.Url.Text).Any(blocks.Contains))
            throw new RefusedException(GatewayProblems.Blocked(file.Url));
        if (await FindLengthAsync(file, cancellationToken) is not null)
            return null;
        if (file.Refusal is { } refusal)
            throw new RefusedException(refusal);
        OriginTransfer? transfer;
        while ((transfer = transfers.Join(file, out _)) is null)
            await Task.Delay(BusyPause, time, cancellationToken);
        try
        {
            Exception? failure = await transfer.Outcome.WaitAsync(cancellationToken);
            if (failure is not null)
                throw new RefusedException((failure as RefusedException)?.Problem ?? await FindProblemAsync(transfer), failure);
        }
        finally
        {
            transfer.Leave();
        }

        return await FindLengthAsync(file, cancellationToken) ?? throw new RefusedException(RemoteProblems.NotKept(file.Url.Host));
    }

    private static async Task<Problem> FindProblemAsync(OriginTransfer transfer) => await transfer.Answer is TransferAnswer.Failed { Problem: var problem } ? problem : GatewayProblems.BrokenOff;

    private async ValueTask<long?> FindLengthAsync(OriginFile file, CancellationToken cancellationToken)
    {
        await using GatewayCopy? copy = await index.FindAsync(file, cancellationToken);
        return copy?.Blob.LengthBytes;
    }
}
