using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Maven;

/// <summary>A repository of Maven: releases and dated snapshots for ever, the rest with a time; the checksum file beside an artifact says what it must be.</summary>
internal sealed class MavenKind : IRemoteKind
{
    private const string Known = "mvn is to be given the path of the remote itself, as a mirror in its settings.xml";

    public RemoteType Type => RemoteType.Maven;

    public RemoteTarget Find(RemoteRequest request)
    {
        string path = request.Path;
        if (!MavenPath.Is(path))
            return new RemoteTarget.Refused(RemoteProblems.UnknownPath(request.Remote, Known));
        if (MavenPath.IsMoving(path))
            return new RemoteTarget.Index(new MovingFile(path));
        if (MavenPath.IsMetadata(path))
            return new RemoteTarget.Index(new MavenMetadata(path));
        if (MavenPath.FindChecksum(path) is not { } algorithm)
            return new RemoteTarget.File(path.EndsWith(".asc", StringComparison.Ordinal) ? new LastingFile(path) : new MavenArtifact(path));
        string subject = path[..^(algorithm.Length + 1)];
        return new RemoteTarget.Index(MavenPath.IsMetadata(subject) ? new MavenMetadataChecksum(subject, algorithm) : new MavenChecksum(subject, algorithm));
    }

    public RemotePackage? FindPackage(PackageQuery package) => package.Name.Split(':') is [var group, var artifact] && MavenPath.Is($"{group}/{artifact}")
        ? new MavenPackage($"{group.Replace('.', '/')}/{artifact}", artifact, package.Version)
        : null;
}

/// <summary>Paths in a repository.</summary>
internal static class MavenPath
{
    private const int MaxLength = 2000;

    /// <summary>The ends of checksum files, the one that is everywhere first.</summary>
    public static readonly IReadOnlyList<string> Algorithms = ["sha1", "sha512", "sha256", "md5"];

    public static bool Is(string path) =>
        path.Length is > 0 and <= MaxLength && path.All(c => c is > ' ' and <= '~' and not ('\\' or '#' or '?')) &&
        Uri.UnescapeDataString(path).Split('/').All(segment => segment.Length > 0 && segment is not ("." or ".."));

    public static bool IsMetadata(string path) => NameOf(path) is var name && name.StartsWith("maven-metadata", StringComparison.Ordinal) && name.EndsWith(".xml", StringComparison.Ordinal);

    /// <summary>Whether it changes under its name: snapshots without a date, and lists of what is in a repository.</summary>
    public static bool IsMoving(string path) => NameOf(path) is var name &&
        (name.Contains("-SNAPSHOT", StringComparison.Ordinal) || name.StartsWith("archetype-catalog.xml", StringComparison.Ordinal) || path.StartsWith(".index/", StringComparison.Ordinal));

    /// <summary>The algorithm of a checksum file; null when it is none.</summary>
    public static string? FindChecksum(string path) => Algorithms.FirstOrDefault(algorithm => path.EndsWith($".{algorithm}", StringComparison.Ordinal));

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
