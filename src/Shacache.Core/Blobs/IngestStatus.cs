namespace Shacache.Core.Blobs;

/// <summary>How an ingestion ended. Only the first two leave a blob behind.</summary>
public enum IngestStatus
{
    /// <summary>The blob was stored.</summary>
    Created,

    /// <summary>The blob was there before.</summary>
    AlreadyStored,

    /// <summary>The bytes have another digest than the caller expected. Nothing was stored.</summary>
    DigestMismatch,

    /// <summary>There were more bytes than allowed. Nothing was stored.</summary>
    TooLarge,

    /// <summary>The source ended before the declared length. Nothing was stored.</summary>
    Truncated,

    /// <summary>The source went on past the declared length. Nothing was stored.</summary>
    Overlong,
}
