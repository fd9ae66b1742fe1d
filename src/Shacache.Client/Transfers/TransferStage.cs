namespace Shacache.Client;

/// <summary>What a transfer is doing.</summary>
public enum TransferStage
{
    /// <summary>The local content is read to compute its digest; nothing is sent yet.</summary>
    Hashing,

    /// <summary>The content is sent.</summary>
    Uploading,

    /// <summary>The content is received.</summary>
    Downloading,
}
