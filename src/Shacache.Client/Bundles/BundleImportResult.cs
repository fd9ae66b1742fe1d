namespace Shacache.Client.Bundles;

/// <summary>What an import did.</summary>
public sealed record BundleImportResult
{
    /// <summary>What was found in the file before anything was sent.</summary>
    public required BundleCheckResult Check { get; init; }

    /// <summary>Contents that the server did not have.</summary>
    public required int UploadedContents { get; init; }

    /// <summary>Bytes of those.</summary>
    public required long UploadedBytes { get; init; }

    /// <summary>Contents that the server had.</summary>
    public required int PresentContents { get; init; }

    /// <summary>Entries that the server did not have.</summary>
    public required int AddedEntries { get; init; }

    /// <summary>Entries that the server had, the same character for character.</summary>
    public required int PresentEntries { get; init; }

    /// <summary>Entries that were refused, before anything was sent or by the server; <see cref="BundleImportOptions.OnRefused"/> was told of each.</summary>
    public required int RefusedEntries { get; init; }

    /// <summary>Keys to which entries were added that had others on the server. Those are still there, and listed behind the added ones.</summary>
    public required int SharedKeys { get; init; }

    /// <summary>Entries that the server listed before, or that were just added, and that it lists no more: it limits the entries of a key.</summary>
    public required int DroppedEntries { get; init; }

    /// <summary>Whether every entry of the bundle that has not expired is now on the server, and nothing went for it.</summary>
    public bool IsComplete => RefusedEntries == 0 && DroppedEntries == 0;
}
