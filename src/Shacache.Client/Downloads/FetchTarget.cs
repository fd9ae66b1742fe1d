using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Urls;

namespace Shacache.Client.Downloads;

/// <summary>What is to be fetched: a URL, or a key that deployed tools make (docs/protocol.md, "Metadata").</summary>
internal sealed class FetchTarget
{
    private FetchTarget(string text, OriginUrl? origin, IReadOnlyList<EntryKey> keys)
    {
        Text = text;
        Origin = origin;
        Keys = keys;
    }

    /// <summary>As it was given. May hold a password.</summary>
    public string Text { get; }

    /// <summary>Where it comes from; null for a key.</summary>
    public OriginUrl? Origin { get; }

    /// <summary>The keys under which it may be listed, in the order in which they are looked up.</summary>
    public IReadOnlyList<EntryKey> Keys { get; }

    /// <summary>The content that the URL names, when it is one of a content store.</summary>
    public Digest? Content { get; private init; }

    /// <summary>The checksums that the fragment names.</summary>
    public IReadOnlyList<Checksum> Checksums { get; private init; } = [];

    /// <param name="text">A URL or a key.</param>
    /// <param name="options">The content stores.</param>
    /// <param name="requirement">The requirement, when the URL is that of a package index.</param>
    /// <exception cref="FormatException">It is neither.</exception>
    public static FetchTarget Parse(string text, NetworkCacheOptions options, string? requirement)
    {
        if (EntryKeys.FindIn(text) is { } key)
            return new FetchTarget(text, null, [key]);
        var origin = OriginUrl.Parse(text);
        return new FetchTarget(text, origin, EntryKeys.ForUrlInAnyTool(text, requirement))
        {
            Content = ContentUrl.TryRead(text, options, out Digest digest) ? digest : null,
            Checksums = UrlFragment.Read(text),
        };
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => Origin?.ToString() ?? OneLine.Of(UrlSecrets.Redact(Text));
}

/// <summary>The checksums in the fragment of a URL: <c>#md5=HEX</c> and the like, as package indexes write it, or the bare MD5 of profiles that name images.</summary>
internal static class UrlFragment
{
    /// <summary>Reads them; empty when the fragment is something else, or there is none.</summary>
    public static IReadOnlyList<Checksum> Read(string url)
    {
        int start = url.IndexOf('#');
        if (start < 0)
            return [];
        List<Checksum> checksums = [];
        foreach (string part in url[(start + 1)..].Split('&'))
        {
            string[] pair = part.Split('=', 2);
            (string name, string hex) = pair.Length == 2 ? (pair[0], pair[1]) : ("md5", part);
            foreach (ChecksumAlgorithm algorithm in Enum.GetValues<ChecksumAlgorithm>())
            {
                if (algorithm.ToString().Equals(name, StringComparison.OrdinalIgnoreCase) && Checksum.TryParse(algorithm, hex, out Checksum? checksum, out _))
                    checksums.Add(checksum);
            }
        }

        return checksums;
    }
}
