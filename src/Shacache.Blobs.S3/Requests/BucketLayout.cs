using System.Diagnostics.CodeAnalysis;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.S3.Requests;

/// <summary>Which keys mean what.</summary>
/// <param name="bucket">The bucket, for the sources of copies.</param>
/// <param name="prefix">What every key begins with.</param>
internal sealed class BucketLayout(string bucket, string prefix)
{
    /// <summary>Complete blobs, each named like its digest.</summary>
    public string Blobs { get; } = $"{prefix}blobs/";

    /// <summary>Uploads that are under way: node, then upload.</summary>
    public string Incoming { get; } = $"{prefix}incoming/";

    /// <summary>The leases of nodes with uploads under way.</summary>
    public string Nodes { get; } = $"{prefix}nodes/";

    /// <summary>Blobs that are being removed.</summary>
    public string Removing { get; } = $"{prefix}removing/";

    /// <summary>What was found damaged.</summary>
    public string Quarantine { get; } = $"{prefix}quarantine/";

    public string KeyOf(Digest digest) => $"{Blobs}{digest}";

    public string StagingOf(string node) => $"{Incoming}{node}/{Guid.NewGuid():N}";

    public string LeaseOf(string node) => $"{Nodes}{node}";

    public string RemovalOf(Digest digest) => $"{Removing}{digest}";

    public string QuarantineOf(Digest digest) => $"{Quarantine}{digest}";

    /// <summary>As the source of a copy is written.</summary>
    public string SourceOf(string key) => $"/{bucket}/{key}";

    public bool TryParseBlob(string key, out Digest digest)
    {
        digest = default;
        return key.StartsWith(Blobs, StringComparison.Ordinal) && Digest.TryParse(key.AsSpan(Blobs.Length), out digest);
    }

    /// <summary>Whose upload a staging key is.</summary>
    public bool TryParseStaging(string key, [NotNullWhen(true)] out string? node)
    {
        node = null;
        if (!key.StartsWith(Incoming, StringComparison.Ordinal) || key.IndexOf('/', Incoming.Length) is not (> 0 and var end))
            return false;
        node = key[Incoming.Length..end];
        return node.Length > 0;
    }
}
