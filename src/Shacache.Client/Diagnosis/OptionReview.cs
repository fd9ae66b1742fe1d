using Shacache.Client.Configuration;
using Shacache.Client.Errors;

namespace Shacache.Client.Diagnosis;

/// <summary>Names of sections and options: misspelt ones are ignored by every client, and nobody notices.</summary>
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

    /// <summary>slapgrid reads every option of the two sections: a reference that cannot be replaced stops it wherever it stands.</summary>
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
                review.Checks.Fail(Check, option, e.Message, "mend it: slapgrid reads all options of the section, and does not start");
            }
        }
    }

    private static void ReviewMissingSection(ReviewCase review, bool hasOptions)
    {
        string? near = review.File.Sections.FirstOrDefault(section => OptionNames.FindNearest(section, [Section]) is not null);
        if (near is not null)
            review.Checks.Fail(Check, $"[{Section}]", $"there is none, but [{near}], which is not read", $"rename [{near}] to [{Section}]");
        else if (hasOptions)
            review.Checks.Note(Check, $"[{Section}]", $"there is no such section; slapgrid takes what stands in [{Node}]");
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
