using Shacache.Core.Entries;

namespace Shacache.Client;

/// <summary>The keys by which clients find things (docs/protocol.md, "Keys").</summary>
/// <remarks>The MD5 in them is an identifier that deployed clients compute, and no security measure.</remarks>
public static class EntryKeys
{
    /// <summary>The file at a URL: <c>file-urlmd5:&lt;md5&gt;</c>.</summary>
    public static EntryKey ForUrl(string url) => EntryKey.Create($"file-urlmd5:{UrlMd5(url)}");

    /// <summary>The same in older buildouts: <c>slapos-buildout-&lt;md5&gt;</c>, or <c>pypi-buildout-&lt;md5&gt;</c> when the URL contains "pypi".</summary>
    public static EntryKey ForUrlInOlderBuildouts(string url) =>
        EntryKey.Create($"{(url.Contains("pypi", StringComparison.Ordinal) ? "pypi" : "slapos")}-buildout-{UrlMd5(url)}");

    /// <summary>A Python distribution: <c>pypi:&lt;name&gt;=&lt;version&gt;</c>.</summary>
    /// <exception cref="FormatException">Name or version cannot be part of a key.</exception>
    public static EntryKey ForPythonDistribution(string name, string version) => EntryKey.Create($"pypi:{name}={version}");

    /// <summary>An index page of Python distributions: <c>pypi-index-&lt;md5&gt;-&lt;requirement&gt;</c>.</summary>
    /// <exception cref="FormatException">The requirement cannot be part of a key.</exception>
    public static EntryKey ForPythonIndex(string url, string requirement) => EntryKey.Create($"pypi-index-{UrlMd5(url)}-{requirement}");

    /// <summary>The clone of a repository: <c>git-buildout-&lt;md5&gt;</c>.</summary>
    public static EntryKey ForGitRepository(string url) => EntryKey.Create($"git-buildout-{UrlMd5(url)}");

    /// <summary>A built software release, in the binary cache: the bare MD5 of its URL.</summary>
    public static EntryKey ForSoftwareRelease(string url) => EntryKey.Create(UrlMd5(url));

    /// <summary>MD5 of the UTF-8 of a URL: 32 lower-case hexadecimal digits.</summary>
    public static string UrlMd5(string url) => Core.Entries.UrlMd5.Of(url);
}
