using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Remotes.Apt;

/// <summary>What paths below a repository name (https://wiki.debian.org/DebianRepository/Format).</summary>
internal static class AptPath
{
    private const string ByHash = "by-hash";

    private static readonly string[] PackageEnds = [".deb", ".udeb", ".ddeb", ".dsc"];

    /// <summary>Takes out the <c>./</c> that names of flat repositories begin with: the same file has one path.</summary>
    public static string Tidy(string path) => string.Join('/', path.Split('/').Where(segment => segment != "."));

    /// <summary>Path of the folder with its slash at the end; empty for the repository's own.</summary>
    public static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];

    /// <summary>The folders above a file, the nearest first, the repository's own last.</summary>
    public static IEnumerable<string> FoldersAbove(string path)
    {
        for (string folder = FolderOf(path); folder.Length > 0; folder = FolderOf(folder[..^1]))
            yield return folder;
        yield return "";
    }

    /// <summary>Whether it is the document that everything else follows from, or its signature.</summary>
    public static bool IsRelease(string path) => path[FolderOf(path).Length..] is "InRelease" or "Release" or "Release.gpg";

    /// <summary>Whether it is a file that never changes: a package, or a part of a source.</summary>
    public static bool IsPackage(string path) =>
        path.StartsWith("pool/", StringComparison.Ordinal) || path.Contains("/pool/", StringComparison.Ordinal) ||
        Array.Exists(PackageEnds, end => path.EndsWith(end, StringComparison.Ordinal)) ||
        path[FolderOf(path).Length..].Contains(".tar.", StringComparison.Ordinal);

    /// <summary>Reads <c>FOLDER/by-hash/ALGORITHM/HASH</c>.</summary>
    /// <returns>False for any other path.</returns>
    public static bool TryReadByHash(string path, out string folder, out FileHash? hash)
    {
        folder = "";
        hash = null;
        string[] segments = path.Split('/');
        if (segments.Length < 3 || segments[^3] != ByHash)
            return false;
        hash = FileHash.Find(segments[^2].Replace("MD5Sum", "md5", StringComparison.Ordinal), segments[^1]);
        folder = path[..^(ByHash.Length + segments[^2].Length + segments[^1].Length + 2)];
        return hash is not null;
    }

    /// <summary>The path of an index by its content, which is what it is kept under, however it was asked for.</summary>
    public static string WriteByHash(string folder, FileHash hash) =>
        $"{folder}{ByHash}/{(hash.Algorithm == "md5" ? "MD5Sum" : hash.Algorithm.ToUpperInvariant())}/{hash.Hex}";
}
