using Shacache.Client.Configuration;

namespace Shacache.Client.Diagnosis;

/// <summary>The options that this client, or the Python one, reads in section [networkcache] (docs/protocol.md, "Configuration").</summary>
internal static class OptionNames
{
    public static IReadOnlyList<string> OfNetworkCache { get; } =
    [
        "download-cache-url", "download-dir-url", "upload-cache-url", "upload-dir-url",
        "download-binary-cache-url", "download-binary-dir-url", "upload-binary-cache-url", "upload-binary-dir-url",
        "signature-private-key-file", "signature-certificate-file", "signature-certificate-list", "signature-policy", "key-binding",
        "shacache-cert-file", "shacache-key-file", "shacache-ca-file", "shadir-cert-file", "shadir-key-file", "shadir-ca-file",
        "upload-token-file",
        "download-from-binary-cache-url-blacklist", "upload-to-binary-cache-url-blacklist", "download-from-binary-cache-force-url-list",
        "download-cache-url-blacklist",
    ];

    /// <summary>Old names, and what replaces them.</summary>
    public static IReadOnlyDictionary<string, string> Superseded { get; } =
        new Dictionary<string, string>
        {
            ["binary-cache-url-blacklist"] = "download-from-binary-cache-url-blacklist",
            [NetworkCacheOptionsReader.KeyFileUnderscored] = NetworkCacheOptionsReader.KeyFileOption,
        };

    /// <summary>The options of the node itself that are read in section [slapos], which has many others.</summary>
    public static IReadOnlyList<string> OfNode { get; } = ["computer_id", "software_root"];

    /// <summary>What is read in section [slapos] as well, where [networkcache] does not have it.</summary>
    public static IReadOnlyList<string> OfBoth { get; } =
        [.. OfNetworkCache.Except(NetworkCacheOptionsReader.OfCacheAlone), .. Superseded.Keys, .. OfNode];

    /// <summary>Whether a name of section [networkcache] is not known, but near to one that is.</summary>
    public static bool IsMisspelt(string name) =>
        !OfNetworkCache.Contains(name) && !Superseded.ContainsKey(name) && FindNearest(name, OfNetworkCache) is not null;

    /// <summary>The known name that was probably meant; null when none is near.</summary>
    public static string? FindNearest(string name, IEnumerable<string> known)
    {
        string plain = Normalize(name);
        (string Known, int Distance) nearest = known.Select(candidate => (candidate, Distance(plain, Normalize(candidate)))).MinBy(pair => pair.Item2);
        return nearest.Distance <= Math.Max(1, Math.Min(3, plain.Length / 6)) ? nearest.Known : null;
    }

    private static string Normalize(string name) => name.ToLowerInvariant().Replace('_', '-');

    /// <summary>How many letters have to be inserted, removed, replaced, or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[a.Length, b.Length];
    }
}
