using Shacache.Client.Errors;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Client.Binaries;

/// <summary>Says in one line why no listed entry can be installed.</summary>
internal static class NothingFits
{
    public static string Explain(string softwareUrl, EntryKey key, string root, IReadOnlyList<SoftwareEntry> listed, TrustedKeys trustedKeys)
    {
        string what = $"{UrlSecrets.Redact(softwareUrl)} (key {key})";
        if (listed.Count == 0)
            return $"the binary cache lists nothing under {what}.";
        SoftwareEntry[] trusted = [.. listed.Where(entry => entry.Selected.IsTrusted)];
        SoftwareEntry[] elsewhere = [.. trusted.Where(entry => entry.Fits)];
        if (elsewhere.Length > 0)
        {
            return $"none of the {elsewhere.Length} trusted entries under {what} that fit this machine was built for {root}: " +
                $"{Count(elsewhere.Select(entry => $"for {entry.BuiltRoot}"))}. Absolute paths in them would lead nowhere; --any-root installs one all the same.";
        }

        if (trusted.Length > 0)
            return $"none of the {trusted.Length} trusted entries under {what} fits: {Count(trusted.Select(entry => entry.Mismatch!))}.";
        string advice = trustedKeys.Keys.Count == 0
            ? "signature-certificate-list has no certificate: add those of the machines that you trust."
            : "Add the uploader's certificate to signature-certificate-list if you trust it.";
        return $"none of the {listed.Count} entries under {what} is trusted: {Count(listed.Select(entry => entry.Selected.Explanation))}. {advice}";
    }

    private static string Count(IEnumerable<string> reasons) =>
        string.Join(", ", reasons.Select(OneLine.Of).CountBy(reason => reason).Select(reason => $"{reason.Value} {reason.Key}"));
}
