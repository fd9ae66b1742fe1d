namespace Shacache.Core.Blobs;

/// <summary>What content must be like to be stored.</summary>
/// <param name="DeclaredBytes">Its length, null when it was not declared.</param>
/// <param name="MaxBytes">The most bytes that are accepted; at least <paramref name="DeclaredBytes"/>.</param>
/// <param name="Expected">Its digest, null when any will do.</param>
internal readonly record struct IngestBounds(long? DeclaredBytes, long MaxBytes, Digest? Expected)
{
    /// <summary>The most bytes that are read without a fault.</summary>
    public long LimitBytes => DeclaredBytes ?? MaxBytes;

    /// <summary>The reason not to store what was received, null when there is none.</summary>
    public IngestResult? FindFault(Digest digest, long receivedBytes)
    {
        if (receivedBytes > LimitBytes)
            return new IngestResult(DeclaredBytes is null ? IngestStatus.TooLarge : IngestStatus.Overlong, default, receivedBytes);
        if (receivedBytes < DeclaredBytes)
            return new IngestResult(IngestStatus.Truncated, default, receivedBytes);
        if (Expected is { } expected && expected != digest)
            return new IngestResult(IngestStatus.DigestMismatch, digest, receivedBytes);
        return null;
    }
}
