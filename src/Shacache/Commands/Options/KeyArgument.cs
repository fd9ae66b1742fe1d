using Shacache.Cli.Errors;
using Shacache.Client.Entries;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Options;

/// <summary>The key that <c>--url</c> or <c>--key</c> means.</summary>
internal static class KeyArgument
{
    public static EntryKey? Find(string? url, string? key)
    {
        if (url is not null)
            return EntryKeys.ForUrl(url);
        if (key is null)
            return null;
        return EntryKey.TryCreate(key, out EntryKey? parsed, out string? problem)
            ? parsed
            : throw new CommandFailedException(ExitCode.Usage, $"--key is not a key: {problem}");
    }
}

/// <summary>Says why a key yields nothing.</summary>
internal static class NothingFound
{
    public static string Explain(string? url, EntryKey key, IReadOnlyList<SelectedEntry> listed, TrustedKeys trustedKeys)
    {
        string what = url is null ? $"key {key}" : $"{UrlSecrets.Redact(url)} (key {key})";
        if (listed.Count == 0)
            return $"the network cache lists nothing under {what}.";
        int trusted = listed.Count(entry => entry.IsTrusted);
        if (trusted > 0)
            return $"none of the {trusted} trusted entries under {what} passes the filters. Use --list without filters to see them.";

        string reasons = string.Join(", ", listed.CountBy(entry => entry.Explanation).Select(reason => $"{reason.Value} {reason.Key}"));
        string advice = trustedKeys.Keys.Count == 0
            ? "signature-certificate-list has no certificate: add those of the machines that you trust."
            : "Add the uploader's certificate to signature-certificate-list if you trust it.";
        return $"none of the {listed.Count} entries under {what} is trusted: {reasons}. {advice}";
    }
}
