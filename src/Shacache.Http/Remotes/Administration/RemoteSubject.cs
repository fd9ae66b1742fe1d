using Shacache.Http.Gateway;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Administration;

/// <summary>What is to be fetched in advance.</summary>
internal abstract record RemoteSubject
{
    private RemoteSubject()
    {
    }

    /// <summary>A package of a remote.</summary>
    /// <param name="Remote">The remote.</param>
    /// <param name="Content">What its index has of it.</param>
    /// <param name="Label">How messages call it.</param>
    public sealed record Package(Remote Remote, RemotePackage Content, string Label) : RemoteSubject;

    /// <summary>A document of a remote.</summary>
    public sealed record Document(Remote Remote, RemoteIndex Content) : RemoteSubject;

    /// <summary>A file of a remote.</summary>
    public sealed record File(Remote Remote, RemoteFile Content) : RemoteSubject;

    /// <summary>A file of any allowed origin.</summary>
    public sealed record Other(OriginFile Content) : RemoteSubject;
}
