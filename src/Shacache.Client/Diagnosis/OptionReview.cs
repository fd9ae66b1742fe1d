using Shacache.Client.Configuration;

namespace Shacache.Client.Diagnosis;

/// <summary>Names of sections and options: misspelt ones are ignored by every client, and nobody notices.</summary>
internal sealed class OptionReview : IReviewStep
{
    private const string Check = "option";
    private const string Section = NetworkCacheOptionsReader.CacheSection;

    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        if (!review.File.HasSection(Section))
        {
            string? near = review.File.Sections.FirstOrDefault(section => OptionNames.FindNearest(section, [Section]) is not null);
            review.Checks.Fail(
                Check, $"[{Section}]", near is null ? "there is no such section: no cache is used" : $"there is none, but [{near}], which is not read",
                near is null ? "add it, with at least download-cache-url and download-dir-url" : $"rename [{near}] to [{Section}]");
        }

        HashSet<string> inherited = [.. review.File.Options(ConfigFile.DefaultSection)];
        foreach (string option in review.File.Options(Section).Where(option => !inherited.Contains(option)))
            ReviewName(review, option);
        foreach (string option in review.File.Options("slapos").Where(option => !inherited.Contains(option) && !OptionNames.OfNode.Contains(option)))
        {
            if (OptionNames.FindNearest(option, OptionNames.OfNode) is { } meant)
                review.Checks.Fail(Check, option, "it is not known in section [slapos], and is ignored", $"write {meant}");
        }

        return Task.CompletedTask;
    }

    private static void ReviewName(ReviewCase review, string option)
    {
        if (OptionNames.OfNetworkCache.Contains(option))
            return;
        if (OptionNames.Superseded.TryGetValue(option, out string? current))
        {
            if (review.File.Options(Section).Contains(current))
                review.Checks.Fail(Check, option, $"it is the old name of {current}, which is there too: the old one is ignored", $"move its values into {current}");
            else
                review.Checks.Doubt(Check, option, $"it is the old name of {current}", $"rename it to {current}");
        }
        else if (OptionNames.FindNearest(option, OptionNames.OfNetworkCache.Concat(OptionNames.Superseded.Keys)) is { } meant)
        {
            review.Checks.Fail(Check, option, "it is not known, and is ignored", $"write {OptionNames.Superseded.GetValueOrDefault(meant, meant)}");
        }
        else
        {
            review.Checks.Note(Check, option, "it is not known here, and is ignored", "remove it, unless another program reads it");
        }
    }
}
