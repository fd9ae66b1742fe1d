namespace Shacache.Client.Transfers;

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
