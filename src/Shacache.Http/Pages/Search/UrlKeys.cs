using Shacache.Core.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Protocol;

namespace Shacache.Http.Pages.Search;

/// <summary>Under which keys something may be listed for a URL, in the order in which clients look them up; then those of other spellings, which no client of this one looks up.</summary>
internal static class UrlKeys
{
    private const string GatewayPath = GatewayEndpoint.Path + "/";

    /// <summary>The URL that a text is or names, as clients give it; null when it is none. One at a gateway is that of its origin.</summary>
    public static string? FindUrl(string text)
    {
        int gateway = text.IndexOf(GatewayPath, StringComparison.Ordinal);
        if (gateway >= 0 && OriginUrl.TryParse(text.AsSpan(gateway + GatewayPath.Length), out OriginUrl? origin, out _))
            return origin.Text;
        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        return scheme > 0 && text.AsSpan(0, scheme).IndexOfAnyExceptInRange('+', 'z') < 0 ? text : null;
    }

    /// <summary>All keys of a URL.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="withGateway">Whether the download gateway is on, which notes what it fetched under keys of its own.</param>
    public static IReadOnlyList<SoughtKey> Of(string url, bool withGateway)
    {
        List<SoughtKey> keys = [];
        OriginUrl? origin = FindOrigin(url);
        if (withGateway && origin is not null)
            keys.AddRange(GatewayKeys.AllForRecords(origin).Select(key => new SoughtKey(key, "what the download gateway fetched", null)));
        foreach (string spelling in Spellings(url, origin).Distinct(StringComparer.Ordinal))
            Add(keys, spelling, spelling == url || spelling == url.Split('#')[0] ? null : spelling);
        return [.. keys.DistinctBy(sought => sought.Key)];
    }

    /// <summary>All keys of a URL of which only the MD5 is known.</summary>
    public static IReadOnlyList<SoughtKey> OfMd5(string md5) =>
    [
        new(EntryKey.Create(UrlMd5.FilePrefix + md5), "file", null),
        new(EntryKey.Create(md5), "built software", null),
        new(EntryKey.Create(UrlMd5.BuildoutPrefix + md5), "file, older buildouts", null),
        new(EntryKey.Create(UrlMd5.PypiBuildoutPrefix + md5), "file, older buildouts", null),
        new(EntryKey.Create(UrlMd5.GitPrefix + md5), "clone of a repository", null),
    ];

    private static void Add(List<SoughtKey> keys, string url, string? spelling)
    {
        string md5 = UrlMd5.Of(url);
        keys.Add(new SoughtKey(EntryKey.Create(UrlMd5.FilePrefix + md5), "file", spelling));
        string older = url.Contains("pypi", StringComparison.Ordinal) ? UrlMd5.PypiBuildoutPrefix : UrlMd5.BuildoutPrefix;
        keys.Add(new SoughtKey(EntryKey.Create(older + md5), "file, older buildouts", spelling));
        if (!WebPage.IsUnexpectedAt(url))
            keys.Add(new SoughtKey(EntryKey.Create(UrlMd5.GitPrefix + md5), "clone of a repository", spelling));
        keys.Add(new SoughtKey(EntryKey.Create(md5), "built software", spelling));
    }

    /// <summary>The URL itself first.</summary>
    private static IEnumerable<string> Spellings(string url, OriginUrl? origin)
    {
        yield return url;
        string plain = url.Split('#')[0];
        yield return plain;
        if (origin is not null)
        {
            yield return origin.Text;
            yield return origin.Key;
        }

        yield return plain.EndsWith('/') ? plain.TrimEnd('/') : plain + "/";
        if (plain.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            yield return $"http{plain[5..]}";
        else if (plain.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            yield return $"https{plain[4..]}";
        yield return Uri.UnescapeDataString(plain);
    }

    private static OriginUrl? FindOrigin(string url)
    {
        string target = url.Split('#')[0];
        int scheme = target.IndexOf("://", StringComparison.Ordinal);
        return scheme > 0 && OriginUrl.TryParse($"{target[..scheme].ToLowerInvariant()}/{target[(scheme + 3)..]}", out OriginUrl? origin, out _) ? origin : null;
    }
}

/// <summary>A key under which something may be listed.</summary>
/// <param name="Key">The key.</param>
/// <param name="What">What is listed there, in words.</param>
/// <param name="Spelling">The spelling of the URL that it is for; null for the one that was asked for, with its fragment and without.</param>
internal sealed record SoughtKey(EntryKey Key, string What, string? Spelling);
