using System.Text.Json;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client;

/// <summary>Decides whether an entry that a server lists under a key is trusted (docs/protocol.md, "Trust").</summary>
internal sealed class EntryJudge(TrustedKeys trusted, SignaturePolicy policy, TimeProvider timeProvider)
{
    private static readonly string[] UrlMembers = ["software_url", "url"];

    public SelectedEntry Judge(EntryKey key, SignedEntry entry)
    {
        var signatures = SignatureVerdict.Of(entry, trusted);
        if (signatures.Signer is not { } signer)
        {
            EntryVerdict verdict = entry.Signature.Length == 0 ? EntryVerdict.Unsigned : EntryVerdict.UnknownSigner;
            return new SelectedEntry(entry, verdict, null, signatures.Explanation);
        }

        if (!signatures.Satisfies(policy))
        {
            EntryVerdict verdict = signatures.Strong == StrongProof.Absent ? EntryVerdict.Weak : EntryVerdict.Altered;
            return new SelectedEntry(entry, verdict, signer, signatures.Explanation);
        }

        if (FindContradiction(key, entry) is { } contradiction)
            return new SelectedEntry(entry, EntryVerdict.OtherKey, signer, contradiction);
        if (entry.IsExpired(timeProvider.GetUtcNow()))
            return new SelectedEntry(entry, EntryVerdict.Expired, signer, $"expired on {entry.ExpiresAt:yyyy-MM-dd}");
        return new SelectedEntry(entry, EntryVerdict.Trusted, signer, $"signed by {OneLine.Of(signer.Subject)}");
    }

    /// <summary>A signature says nothing about the key that an entry is listed under; what the signed text says about it must agree.</summary>
    private static string? FindContradiction(EntryKey key, SignedEntry entry)
    {
        string? urlMd5 = EntryKeys.FindUrlMd5(key);
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        foreach (JsonProperty member in information.RootElement.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
                continue;
            string value = member.Value.GetString()!;
            if (member.NameEquals("key"u8) && value != key.Value)
                return $"signed for another key ({OneLine.Of(value)})";
            if (urlMd5 is null)
                continue;
            if (member.NameEquals("urlmd5"u8) && !string.Equals(value, urlMd5, StringComparison.OrdinalIgnoreCase))
                return "signed for another URL (member urlmd5)";
            if (UrlMembers.Contains(member.Name) && EntryKeys.UrlMd5(value) != urlMd5)
                return $"signed for another URL ({OneLine.Of(value)})";
        }

        return null;
    }
}
