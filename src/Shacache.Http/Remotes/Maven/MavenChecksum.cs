using System.Security.Cryptography;
using System.Text;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Maven;

/// <summary>The checksum file of an artifact: the document that says what it must be.</summary>
internal sealed class MavenChecksum(string subject, string algorithm) : VerbatimIndex
{
    private const int MaxBytes = 4096;

    public override string Path => $"{subject}.{algorithm}";

    public override bool IsLasting => true;

    public override string FindType(string? source) => "text/plain; charset=utf-8";

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) =>
        (await ReadAsync(source, cancellationToken))?.Algorithm == algorithm ? null : $"it holds no {algorithm}";

    /// <summary>Reads the hash: tools write it alone, before the name of the file, or after it.</summary>
    /// <returns>Null when there is none.</returns>
    public static async ValueTask<FileHash?> ReadAsync(IndexSource source, CancellationToken cancellationToken)
    {
        byte[] text = new byte[MaxBytes];
        int count = await source.Content.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, cancellationToken);
        if (count == text.Length)
            return null;

        // The length tells the algorithm.
        string[] words = Encoding.ASCII.GetString(text, 0, count).Split([' ', '\t', '\r', '\n', '=', '*', '(', ')']);
        return words.SelectMany(word => MavenPath.Algorithms.Select(algorithm => FileHash.Find(algorithm, word))).FirstOrDefault(hash => hash is not null);
    }
}

/// <summary>The list of versions of an artifact, or of the dates of a snapshot.</summary>
internal sealed class MavenMetadata(string path) : VerbatimIndex
{
    public override string Path => path;

    public override string FindType(string? source) => "text/xml";

    public override ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) => MavenVersions.FindProblemAsync(source, cancellationToken);
}

/// <summary>The checksum of such a list, computed from what is kept: with that of the origin, a list that changes between two requests would seem to be damaged.</summary>
internal sealed class MavenMetadataChecksum(string metadata, string algorithm) : RemoteIndex
{
    public override string Path => metadata;

    public override string FindType(string? source) => "text/plain; charset=utf-8";

    public override ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) => MavenVersions.FindProblemAsync(source, cancellationToken);

    public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = FileHash.Begin(algorithm);
        byte[] buffer = new byte[16 * 1024];
        for (int count; (count = await source.Content.ReadAsync(buffer, cancellationToken)) > 0;)
            hash.AppendData(buffer.AsSpan(0, count));
        await output.WriteAsync(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetCurrentHash())), cancellationToken);
    }
}
