using Shacache.Client.Checksums;
using Shacache.Client.Downloads;

namespace Shacache.Cli.Commands;

/// <summary>One file that is to be fetched.</summary>
/// <param name="Url">Its URL, as it was given.</param>
/// <param name="Path">Where it goes; null for the standard output.</param>
/// <param name="Checksums">What is known of it.</param>
internal sealed record FetchItem(string Url, string? Path, IReadOnlyList<Checksum> Checksums)
{
    /// <summary>What a line of progress calls it.</summary>
    public string Title => Path is not null ? System.IO.Path.GetFileName(Path) : DownloadCache.FindFileName(Url) ?? "content";
}
