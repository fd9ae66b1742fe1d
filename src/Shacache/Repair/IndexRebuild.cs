using System.Runtime.CompilerServices;
using Shacache.Cli.Contents;
using Shacache.Core.Blobs;

namespace Shacache.Cli.Repair;

/// <summary>Makes the index of objects agree with the content.</summary>
/// <param name="content">The content.</param>
/// <param name="index">The index.</param>
/// <param name="notes">What the index is about to learn.</param>
internal sealed class IndexRebuild(ServedContent content, IBlobIndex index, BlobNotes notes) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Whether the index may lack some blobs, as after a crash.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>Makes the index agree with the files. Those that it lacks, or knows with another length, are compared with their digests first.</summary>
    /// <param name="verifiesAll">Whether the others are compared, too.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many blobs there are. What is damaged is not among them.</returns>
    public async ValueTask<BlobTotals> RunAsync(bool verifiesAll, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await RebuildAsync(verifiesAll, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Returns when the index is not in doubt: who else makes it right is waited for.</summary>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (IsInDoubt)
                await RebuildAsync(verifiesAll: false, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<BlobTotals> RebuildAsync(bool verifiesAll, CancellationToken cancellationToken)
    {
        await notes.FlushAsync(cancellationToken);
        BlobTotals totals = await index.RebuildAsync(ListRightAsync(verifiesAll, cancellationToken), cancellationToken);
        IsInDoubt = false;
        return totals;
    }

    private async IAsyncEnumerable<BlobInfo> ListRightAsync(bool verifiesAll, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobInfo blob in content.Blobs.ListAsync(cancellationToken))
        {
            bool isKnown = !verifiesAll && (await index.FindAsync(blob.Digest, cancellationToken))?.LengthBytes == blob.LengthBytes;
            if (isKnown || await content.Blobs.VerifyAsync(blob.Digest, cancellationToken))
                yield return blob;
        }
    }
}
