using System.Runtime.CompilerServices;
using System.Xml;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Maven;

/// <summary>A file of a version. Repositories without checksum files exist: of theirs nothing says what they must be.</summary>
internal sealed class MavenArtifact(string path) : RemoteFile
{
    public override string Path => path;

    public override IReadOnlyList<RemoteIndex> Indexes { get; } = [.. MavenPath.Algorithms.Select(algorithm => new MavenChecksum(path, algorithm))];

    public override bool MayBeUnnamed => true;

    public override async ValueTask<NamedFile?> FindAsync(IndexSource source, CancellationToken cancellationToken) =>
        new NamedFile(null, await MavenChecksum.ReadAsync(source, cancellationToken));
}

/// <summary>An artifact: the list of its versions, and what most versions have.</summary>
internal sealed class MavenPackage(string folder, string artifact, string? version) : RemotePackage
{
    public override IReadOnlyList<RemoteIndex> Documents { get; } = version is null ? [new MavenMetadata($"{folder}/maven-metadata.xml")] : [];

    public override async IAsyncEnumerable<RemoteFile> ReadFilesAsync(IndexSource? source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerable<string> versions = version is null ? MavenVersions.ReadAsync(source!, cancellationToken) : new[] { version }.ToAsyncEnumerable();
        await foreach (string one in versions)
        {
            foreach (string end in (string[])[".pom", ".jar"])
            {
                if (MavenPath.Is($"{folder}/{one}/{artifact}-{one}{end}"))
                    yield return new MavenArtifact($"{folder}/{one}/{artifact}-{one}{end}");
            }
        }
    }
}

/// <summary>Reads <c>maven-metadata.xml</c>.</summary>
internal static class MavenVersions
{
    private static readonly XmlReaderSettings Settings = new() { Async = true, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 64 << 20, CloseInput = false };

    /// <exception cref="XmlException">It is no XML.</exception>
    public static async IAsyncEnumerable<string> ReadAsync(IndexSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = XmlReader.Create(source.Content, Settings);
        bool isVersion = false;
        while (await reader.ReadAsync())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reader.NodeType == XmlNodeType.Text && isVersion)
                yield return reader.Value.Trim();
            isVersion = reader is { NodeType: XmlNodeType.Element, LocalName: "version" };
        }
    }

    /// <returns>What is wrong with a document; null when nothing is.</returns>
    public static async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = XmlReader.Create(source.Content, Settings);
            await reader.MoveToContentAsync();
            if (reader.LocalName != "metadata")
                return $"its root is {reader.LocalName}, and not metadata";
            while (await reader.ReadAsync())
                cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
        catch (XmlException e)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }
}
