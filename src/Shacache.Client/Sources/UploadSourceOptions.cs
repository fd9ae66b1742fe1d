using Shacache.Client.Checksums;

namespace Shacache.Client.Sources;

/// <summary>What is demanded of a content before it is uploaded. Immutable.</summary>
public sealed record UploadSourceOptions
{
    /// <summary>What is known of the content; each is verified. With one of them the content may end where its connection ends. Default none.</summary>
    public IReadOnlyList<Checksum> Checksums { get; init; } = [];

    /// <summary>The URL under which a file is to be listed, which says whether a web page can be meant. Default null: none; of what is fetched, its own.</summary>
    public string? Url { get; init; }

    /// <summary>Whether a web page is taken where the URL names an archive. Default false: it is refused, unless a checksum is right.</summary>
    public bool AllowWebPage { get; init; }

    /// <summary>Whether files of a folder that hold credentials are packed too. Default false: they are left out with a warning.</summary>
    public bool WithCredentials { get; init; }
}
