using Shacache.Client.Checksums;

namespace Shacache.Client.Downloads;

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
