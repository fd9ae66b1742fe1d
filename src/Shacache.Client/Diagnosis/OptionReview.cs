using Shacache.Client.Configuration;
using Shacache.Client.Errors;

namespace Shacache.Client.Diagnosis;

/// <summary>Names of sections and options: misspelt ones are ignored by every client, without a message.</summary>
internal sealed class OptionReview : IReviewStep
{
    private const string Check = "option";
    private const string Section = NetworkCacheOptionsReader.CacheSection;
    private const string Node = NetworkCacheOptionsReader.NodeSection;

    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        HashSet<string> inherited = [.. review.File.Options(ConfigFile.DefaultSection)];
        string[] ofNode = [.. review.File.Options(Node).Where(option => !inherited.Contains(option))];
        if (!review.File.HasSection(Section))
            ReviewMissingSection(review, hasOptions: ofNode.Any(option => OptionNames.OfBoth.Except(OptionNames.OfNode).Contains(option)));
        foreach (string option in review.File.Options(Section).Where(option => !inherited.Contains(option)))
            ReviewName(review, option);
        foreach (string option in ofNode)
            ReviewNameOfNode(review, option);
        ReviewReferences(review, Section, OptionNames.OfNetworkCache);
        ReviewReferences(review, Node, OptionNames.OfBoth);
        return Task.CompletedTask;
    }

    /// <summary>slapgrid reads every option of the two sections: an unresolvable reference in any of them stops it.</summary>
    /// <param name="review">What is reviewed.</param>
    /// <param name="section">The section.</param>
    /// <param name="read">The options that were read before, and reported.</param>
    private static void ReviewReferences(ReviewCase review, string section, IReadOnlyList<string> read)
    {
        foreach (string option in review.File.Options(section).Except(read))
        {
            try
            {
                review.File.Find(section, option);
            }
            catch (NetworkCacheConfigurationException e)
            {
                review.Checks.Fail(Check, option, e.Message, "correct it: slapgrid reads all options of the section, and does not start");
            }
        }
    }

    private static void ReviewMissingSection(ReviewCase review, bool hasOptions)
    {
        string? near = review.File.Sections.FirstOrDefault(section => OptionNames.FindNearest(section, [Section]) is not null);
        if (near is not null)
            review.Checks.Fail(Check, $"[{Section}]", $"there is none, but [{near}], which is not read", $"rename [{near}] to [{Section}]");
        else if (hasOptions)
            review.Checks.Note(Check, $"[{Section}]", $"there is no such section; slapgrid takes the options of [{Node}]");
        else
            review.Checks.Fail(Check, $"[{Section}]", "there is no such section: no cache is used", "add it, with at least download-cache-url and download-dir-url");
    }

    private static void ReviewNameOfNode(ReviewCase review, string option)
    {
        if (OptionNames.OfBoth.Contains(option))
        {
            if (review.File.Options(Section).Contains(option))
                review.Checks.Doubt(Check, option, $"it is in section [{Section}] and in [{Node}]: what [{Section}] has counts", "remove one of the two");
            else if (OptionNames.Superseded.TryGetValue(option, out string? current))
                ReviewOldName(review, option, current);
        }
        else if (NetworkCacheOptionsReader.OfCacheAlone.Contains(option))
        {
            review.Checks.Fail(Check, option, $"it is in section [{Node}], where nothing reads it", $"move it to section [{Section}]");
        }
        else if (OptionNames.FindNearest(option, OptionNames.OfBoth) is { } meant)
        {
            review.Checks.Fail(Check, option, $"it is not known in section [{Node}], and is ignored", $"write {OptionNames.Superseded.GetValueOrDefault(meant, meant)}");
        }
    }

    private static void ReviewName(ReviewCase review, string option)
    {
        if (OptionNames.OfNetworkCache.Contains(option) || OptionNames.OfNode.Contains(option))
            return;
        if (OptionNames.Superseded.TryGetValue(option, out string? current))
            ReviewOldName(review, option, current);
        else if (OptionNames.FindNearest(option, OptionNames.OfNetworkCache.Concat(OptionNames.Superseded.Keys)) is { } meant)
            review.Checks.Fail(Check, option, "it is not known, and is ignored", $"write {OptionNames.Superseded.GetValueOrDefault(meant, meant)}");
        else
            review.Checks.Note(Check, option, "it is not known here, and is ignored", "remove it, unless another program reads it");
    }

    private static void ReviewOldName(ReviewCase review, string option, string current)
    {
        if (review.File.Options(Section).Concat(review.File.Options(Node)).Contains(current))
            review.Checks.Fail(Check, option, $"it is the old name of {current}, which is there too: the old one is ignored", $"move its values into {current}");
        else
            review.Checks.Doubt(Check, option, $"it is the old name of {current}", $"rename it to {current}");
    }
}

/// <summary>The options that this client, or the Python one, reads in section [networkcache] (docs/protocol.md, "Configuration").</summary>
internal static class OptionNames
{
    public static IReadOnlyList<string> OfNetworkCache { get; } =
    [
        "download-cache-url", "download-dir-url", "upload-cache-url", "upload-dir-url",
        "download-binary-cache-url", "download-binary-dir-url", "upload-binary-cache-url", "upload-binary-dir-url",
        "signature-private-key-file", "signature-certificate-file", "signature-certificate-list", "signature-policy", "key-binding", "platform-match",
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
