using Shacache.Core.Entries;
using Shacache.Protocol;

namespace Shacache.Client.Entries;

/// <summary>The keys by which clients find things (docs/protocol.md, "Keys").</summary>
/// <remarks>The MD5 in them is an identifier that deployed clients compute, and no security measure.</remarks>
public static class EntryKeys
{
    /// <summary>The file at a URL: <c>file-urlmd5:&lt;md5&gt;</c>.</summary>
    public static EntryKey ForUrl(string url) => EntryKey.Create(Core.Entries.UrlMd5.FilePrefix + UrlMd5(url));

    /// <summary>The same in older buildouts: <c>slapos-buildout-&lt;md5&gt;</c>, or <c>pypi-buildout-&lt;md5&gt;</c> when the URL contains "pypi".</summary>
    public static EntryKey ForUrlInOlderBuildouts(string url) =>
        EntryKey.Create((url.Contains("pypi", StringComparison.Ordinal) ? Core.Entries.UrlMd5.PypiBuildoutPrefix : Core.Entries.UrlMd5.BuildoutPrefix) + UrlMd5(url));

    /// <summary>A Python distribution: <c>pypi:&lt;name&gt;=&lt;version&gt;</c>.</summary>
    /// <exception cref="FormatException">Name or version cannot be part of a key.</exception>
    public static EntryKey ForPythonDistribution(string name, string version) => EntryKey.Create($"pypi:{name}={version}");

    /// <summary>An index page of Python distributions: <c>pypi-index-&lt;md5&gt;-&lt;requirement&gt;</c>.</summary>
    /// <exception cref="FormatException">The requirement cannot be part of a key.</exception>
    public static EntryKey ForPythonIndex(string url, string requirement) => EntryKey.Create($"{Core.Entries.UrlMd5.IndexPrefix}{UrlMd5(url)}-{requirement}");

    /// <summary>The clone of a repository: <c>git-buildout-&lt;md5&gt;</c>.</summary>
    public static EntryKey ForGitRepository(string url) => EntryKey.Create(Core.Entries.UrlMd5.GitPrefix + UrlMd5(url));

    /// <summary>A built software release, in the binary cache: the bare MD5 of its URL.</summary>
    public static EntryKey ForSoftwareRelease(string url) => EntryKey.Create(UrlMd5(url));

    /// <summary>Every key under which deployed tools may list what is at a URL, in the order in which it is looked up: files first, then a clone, then an index page.</summary>
    /// <param name="url">The URL. One with a fragment may be listed without it as well.</param>
    /// <param name="requirement">The requirement that an index page was asked for; null when it is none.</param>
    /// <exception cref="FormatException">The requirement cannot be part of a key.</exception>
    public static IReadOnlyList<EntryKey> ForUrlInAnyTool(string url, string? requirement = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        string[] urls = url.Contains('#') ? [url, url.Split('#')[0]] : [url];
        IEnumerable<EntryKey> index = requirement is null ? [] : urls.Select(text => ForPythonIndex(text, requirement));
        // An archive or another file is no repository: one look-up less.
        IEnumerable<EntryKey> clone = WebPage.IsUnexpectedAt(url) ? [] : urls.Select(ForGitRepository);
        return [.. index, .. urls.Select(ForUrl), .. urls.Select(ForUrlInOlderBuildouts), .. clone];
    }

    /// <summary>The key, when a text is one of the forms that deployed tools write, and no URL; null otherwise.</summary>
    public static EntryKey? FindIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EntryKey.TryCreate(text, out EntryKey? key, out _) && (Core.Entries.UrlMd5.Find(key) is not null || IsPythonDistribution(text)) ? key : null;
    }

    private static bool IsPythonDistribution(string text) =>
        text.StartsWith("pypi:", StringComparison.Ordinal) && text.IndexOf('=') is > 5 and int equals && equals < text.Length - 1;

    /// <summary>MD5 of the UTF-8 of a URL: 32 lower-case hexadecimal digits.</summary>
    public static string UrlMd5(string url) => Core.Entries.UrlMd5.Of(url);
}
