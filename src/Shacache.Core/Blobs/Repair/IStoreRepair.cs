namespace Shacache.Core.Blobs.Repair;

/// <summary>What an operator asks of the stores of a server: comparison with the digests, a check of the whole, a copy.</summary>
public interface IStoreRepair
{
    /// <summary>How the scrub stands.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<ScrubStateDocument> DescribeScrubAsync(CancellationToken cancellationToken);

    /// <summary>Compares one blob, or all, with their digests, and brings back what is damaged, as far as it is to be had.</summary>
    /// <param name="digest">The blob; null for all.</param>
    /// <param name="bytesPerSecond">The rate; null for as fast as it goes.</param>
    /// <param name="tally">Shows how far it has come.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="StoreRefusalException">That is not possible now.</exception>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    Task<ScrubReportDocument> ScrubAsync(Digest? digest, long? bytesPerSecond, RepairTally tally, CancellationToken cancellationToken);

    /// <summary>Compares the database, the index and the files with each other. What can be put right is.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    Task<CheckReportDocument> CheckAsync(RepairTally tally, CancellationToken cancellationToken);

    /// <summary>Makes a copy of everything, or brings one up to date, while the server goes on.</summary>
    /// <param name="folder">The whole path of the copy.</param>
    /// <param name="isLinked">Whether content is linked instead of copied.</param>
    /// <param name="tally">Shows how far it has come.</param>
    /// <param name="cancellationToken">Stops; the copy before is as it was.</param>
    /// <exception cref="StoreRefusalException">The folder cannot be the place of a copy, or one runs.</exception>
    /// <exception cref="BlobStoreException">The backend failed. The copy before is as it was.</exception>
    Task<BackupReportDocument> BackupAsync(string folder, bool isLinked, RepairTally tally, CancellationToken cancellationToken);
}

/// <summary>What was asked of the stores makes no sense or is not possible now; the message is for who asked. Nothing was done.</summary>
public sealed class StoreRefusalException(string message) : Exception(message);
