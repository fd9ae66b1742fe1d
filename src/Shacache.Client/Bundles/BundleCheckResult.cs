namespace Shacache.Client.Bundles;

/// <summary>What was found in a bundle.</summary>
public sealed record BundleCheckResult
{
    /// <summary>When it was made, as its maker says.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The URL of the directory that it was made from, as its maker says.</summary>
    public required string Source { get; init; }

    /// <summary>The subject of the trusted certificate whose key signed it; null when none did.</summary>
    public required string? Signer { get; init; }

    /// <summary>Contents in it.</summary>
    public required int Contents { get; init; }

    /// <summary>Bytes of all of them.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>Entries in it.</summary>
    public required int Entries { get; init; }

    /// <summary>Entries that may be imported: they are whole, and so is their content.</summary>
    public required int AcceptedEntries { get; init; }

    /// <summary>Entries that were refused; <see cref="BundleImportOptions.OnRefused"/> was told of each.</summary>
    public required int RefusedEntries { get; init; }

    /// <summary>Entries past their <c>expiration_date</c>, which are neither accepted nor refused: no server would list them.</summary>
    public required int ExpiredEntries { get; init; }

    /// <summary>Of those accepted, the entries that this configuration does not trust.</summary>
    public required int UntrustedEntries { get; init; }

    /// <summary>One line for each part of the file that there are two of, and of which one is damaged.</summary>
    public required IReadOnlyList<string> Damages { get; init; }

    /// <summary>Whether nothing is damaged or refused.</summary>
    public bool IsWhole => Damages.Count == 0 && RefusedEntries == 0;
}
