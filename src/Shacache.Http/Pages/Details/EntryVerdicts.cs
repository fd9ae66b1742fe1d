using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Entries;

namespace Shacache.Http.Pages.Details;

/// <summary>Judges entries by the server's list of certificates (<c>page-certificates</c>). Clients judge by their own.</summary>
/// <param name="trusted">The list; null for none: then entries are not judged.</param>
/// <param name="known">Other lists of this server, by which a signer may be known without being judged.</param>
internal sealed class EntryVerdicts(TrustedKeys? trusted, IReadOnlyList<TrustedKeys> known)
{
    /// <summary>The list; null for none.</summary>
    public TrustedKeys? Trusted => trusted;

    /// <summary>What the text and the signatures of an entry prove.</summary>
    public EntryVerdict Judge(EntryKey key, SignedEntry entry)
    {
        if (ReservedKeys.Contain(key))
            return new EntryVerdict(VerdictKind.Trusted, "own note", "the download gateway's own note of what it fetched");
        if (KeyEvidence.Of(key, entry) is { Belongs: false } evidence)
            return new EntryVerdict(VerdictKind.Refused, "refused", evidence.Explanation);
        if (entry.Signature.Length == 0)
            return new EntryVerdict(trusted is null ? VerdictKind.Unjudged : VerdictKind.Refused, "not signed", "it has no signature, so that no client takes it");
        if (trusted is null)
            return NotJudged(entry);
        SignatureVerdict verdict = SignatureVerdict.Of(entry, trusted);
        return verdict.Satisfies(SignaturePolicy.Any)
            ? new EntryVerdict(VerdictKind.Trusted, "trusted", $"{verdict.Signer!.Subject}, {verdict.Explanation}")
            : new EntryVerdict(VerdictKind.Refused, verdict.Signer is null ? "not trusted" : "refused", verdict.Explanation);
    }

    private EntryVerdict NotJudged(SignedEntry entry)
    {
        string who = known.Select(list => list.FindSigner(entry)).OfType<TrustedKey>().FirstOrDefault() is { } signer
            ? $"signed by {signer.Subject}"
            : "signed, by a key that this server does not know";
        return new EntryVerdict(VerdictKind.Unjudged, "not judged", $"{who}; not judged, since page-certificates names no certificates");
    }
}

/// <summary>A verdict about an entry.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Word">The same in a word or two.</param>
/// <param name="Explanation">Why, in a sentence without its end. May hold foreign text.</param>
internal sealed record EntryVerdict(VerdictKind Kind, string Word, string Explanation);

/// <summary>What becomes of an entry.</summary>
internal enum VerdictKind
{
    /// <summary>There is no list to judge by.</summary>
    Unjudged,

    /// <summary>A client that trusts the server's list takes it.</summary>
    Trusted,

    /// <summary>A client that trusts the server's list does not.</summary>
    Refused,
}
