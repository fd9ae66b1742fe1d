namespace Shacache.Http.Remotes.Indexes;

/// <summary>An index of packages that this server serves below <c>/remote/NAME/</c> to the tool that knows its kind.</summary>
public sealed class RemoteOptions
{
    /// <summary>Its name: one segment of a path.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of index it is; without one it is refused.</summary>
    public RemoteType Type { get; set; } = RemoteType.None;

    /// <summary>The index as the tool itself would be given it, with a slash at its end unless that is a document. Several are the same index at several places, in the order in which they are asked.</summary>
    public IReadOnlyList<string> Urls { get; set; } = [];

    /// <summary>How long a page of the index is used before its origin is asked again.</summary>
    public TimeSpan IndexTtl { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long after its origin last confirmed it a page is used while the origin does not answer; null: for ever.</summary>
    public TimeSpan? StaleFor { get; set; }

    /// <summary><c>user:password</c> for the servers of <see cref="Urls"/> and no other; null for none.</summary>
    public string? Credentials { get; set; }

    /// <summary>Whether nothing is asked of any origin.</summary>
    public bool IsOffline { get; set; }

    /// <summary>Of <see cref="RemoteType.Files"/>: which paths are asked for again, <c>*</c> for any characters.</summary>
    public IReadOnlyList<string> MovingPatterns { get; set; } = [];

    /// <summary>Reads <see cref="Urls"/> as origins are asked.</summary>
    /// <returns>The same URLs in their only spelling.</returns>
    /// <exception cref="FormatException">One cannot be asked; the message says why.</exception>
    public IReadOnlyList<string> ReadUrls() => [.. new Remote(this).Urls.Select(url => url.Text)];
}

/// <summary>Kinds of indexes.</summary>
public enum RemoteType
{
    /// <summary>None was named.</summary>
    None,

    /// <summary>A simple index of Python packages (PEP 503, 691, 700).</summary>
    Pypi,

    /// <summary>A registry of npm packages.</summary>
    Npm,

    /// <summary>A sparse index of crates.</summary>
    Cargo,

    /// <summary>A proxy of Go modules.</summary>
    Go,

    /// <summary>A repository of Maven.</summary>
    Maven,

    /// <summary>A NuGet server, version 3.</summary>
    NuGet,

    /// <summary>Files by their paths.</summary>
    Files,

    /// <summary>A repository of Debian packages.</summary>
    Apt,
}
