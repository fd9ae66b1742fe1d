using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Entries;
using Shacache.Http.Entries;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Gateway;

/// <summary>The keys under which the gateway keeps and finds what it fetched.</summary>
internal static class GatewayKeys
{
    /// <summary>Where the gateway notes what it fetched itself: one place for all spellings of a URL.</summary>
    public static EntryKey ForRecord(OriginUrl url) => ForRecord(url.Key);

    /// <summary>Where it may have noted it: up to release 0.1, each spelling had a place of its own.</summary>
    public static IReadOnlyList<EntryKey> AllForRecords(OriginUrl url) => url.Key == url.Text ? [ForRecord(url)] : [ForRecord(url), ForRecord(url.Text)];

    /// <summary>Where clients look for the file at a URL (docs/protocol.md, "Keys").</summary>
    public static EntryKey ForClients(OriginUrl url) => EntryKey.Create($"file-urlmd5:{url.Md5}");

    /// <summary>All keys under which clients may have listed it, the current form first.</summary>
    public static IReadOnlyList<EntryKey> AllForClients(string url)
    {
        string md5 = UrlMd5.Of(url);
        return [EntryKey.Create($"file-urlmd5:{md5}"), EntryKey.Create($"{(url.Contains("pypi", StringComparison.Ordinal) ? "pypi" : "slapos")}-buildout-{md5}")];
    }

    private static EntryKey ForRecord(string url) => EntryKey.Create(ReservedKeys.Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url))));
}
