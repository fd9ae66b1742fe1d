namespace Shacache.Client.Transfers;

/// <summary>How far a transfer is. Reported after each piece of at most 128 KiB, on the thread of the transfer.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="DoneBytes">Bytes of this stage that are done. Goes back when a broken transfer must begin anew.</param>
/// <param name="TotalBytes">Bytes of the whole content; null while the server has not said.</param>
public readonly record struct TransferProgress(TransferStage Stage, long DoneBytes, long? TotalBytes);

/// <summary>What a transfer is doing.</summary>
public enum TransferStage
{
    /// <summary>What is to be uploaded is fetched from its own URL.</summary>
    Fetching,

    /// <summary>A folder that is to be uploaded is packed.</summary>
    Packing,

    /// <summary>The local content is read to compute its digest; nothing is sent yet.</summary>
    Hashing,

    /// <summary>What was carried here in a file is compared with its digests.</summary>
    Verifying,

    /// <summary>The content is sent.</summary>
    Uploading,

    /// <summary>The content is received.</summary>
    Downloading,
}
