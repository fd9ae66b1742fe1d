using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives;

/// <summary>What an archive may do when it is extracted.</summary>
public sealed record ExtractionOptions
{
    /// <summary>The most bytes that the files may have together, holes counted; by default 64 GiB. Guards against archives that inflate without end.</summary>
    public long MaxContentBytes { get; init; } = 64L << 30;

    /// <summary>The most entries; by default 10 million.</summary>
    public long MaxEntries { get; init; } = 10_000_000;

    /// <summary>
    /// Whether set-uid and set-gid bits and capabilities of files are accepted and restored. By default an archive that has such bits is refused, and capabilities are left out with
    /// a warning. The set-gid bit of a folder, which hands on its group, is always restored.
    /// </summary>
    public bool AllowSetId { get; init; }

    /// <summary>
    /// Who is to own everything. Null: root restores the owners by their names, where these are known on this machine, and otherwise gives the owner of the folder that the
    /// release is extracted into; other users own what they extract.
    /// </summary>
    public FileOwner? Owner { get; init; }

    /// <summary>The content of a file <c>.completed</c> that is added to the top folder, which slapgrid takes for its own mark of a release that needs no building; null for none.</summary>
    public string? CompletedMark { get; init; }

    /// <summary>Told what cannot be restored, or cannot be cleaned up, a line each. Called on any thread, one call at a time. Null: it is not told.</summary>
    public Action<string>? OnWarning { get; init; }

    /// <summary>Whether everything is on disk before the release appears, so that a power loss cannot leave it with empty files; by default yes.</summary>
    public bool FlushToDisk { get; init; } = true;
}
