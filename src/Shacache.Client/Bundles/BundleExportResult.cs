namespace Shacache.Client.Bundles;

/// <summary>What an export wrote.</summary>
/// <param name="LengthBytes">Length of the file.</param>
/// <param name="Keys">Keys with at least one entry in it.</param>
/// <param name="Entries">Entries in it.</param>
/// <param name="Contents">Contents in it.</param>
/// <param name="ContentBytes">Bytes of all of them.</param>
/// <param name="RefusedEntries">Entries that were left out, since their content could not be had.</param>
/// <param name="EmptyKeys">Keys under which nothing is listed, or that could not be looked up.</param>
/// <param name="Signer">The subject of the certificate whose key signed it; null when nobody did.</param>
public sealed record BundleExportResult(
    long LengthBytes, int Keys, int Entries, int Contents, long ContentBytes, int RefusedEntries, int EmptyKeys, string? Signer)
{
    /// <summary>Whether everything that was asked for is in it.</summary>
    public bool IsComplete => RefusedEntries == 0 && EmptyKeys == 0;
}
