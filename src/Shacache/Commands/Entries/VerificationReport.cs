using System.Text.Json.Nodes;
using Shacache.Cli.Output;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Cli.Commands.Entries;

/// <summary>What <c>shacache verify</c> tells: the certificates, then every proof of every entry.</summary>
internal sealed class VerificationReport(EntryKey? key, IReadOnlyList<SelectedEntry> entries, TrustedKeys trusted, NetworkCacheOptions options)
{
    private sealed record Row(string Proof, TrustedKey? Key, bool? Passes, string Result, string Why);

    public void Write()
    {
        if (trusted.Keys.Count == 0)
        {
            Console.Out.WriteLine("No certificate is trusted: signature-certificate-list has none that can be read.");
        }
        else
        {
            var certificates = new ResultTable("certificate", "subject", "bits", "SHA-256 fingerprint");
            foreach (TrustedKey certificate in trusted.Keys)
                certificates.Add($"{certificate.Position}", certificate.Subject, $"{certificate.KeyBits}", certificate.Fingerprint);
            certificates.Write();
        }

        Console.Out.WriteLine();
        var proofs = new ResultTable("entry", "proof", "certificate", "result", "why");
        for (int i = 0; i < entries.Count; i++)
        {
            foreach (Row row in Rows(entries[i]))
                proofs.Add($"{i + 1}", row.Proof, row.Key is null ? "" : $"{row.Key.Position}", row.Result, row.Why);
        }

        proofs.Write();
    }

    public JsonObject ToJson() => new()
    {
        ["key"] = key?.Value,
        ["signature_policy"] = options.SignaturePolicy.ToString().ToLowerInvariant(),
        ["key_binding"] = options.KeyBinding.ToString().ToLowerInvariant(),
        ["certificates"] = new JsonArray([.. trusted.Keys.Select(Certificate)]),
        ["skipped_certificates"] = new JsonArray([.. trusted.Warnings.Select(warning => (JsonNode)warning)]),
        ["entries"] = new JsonArray([.. entries.Select(ToJson)]),
    };

    private JsonObject ToJson(SelectedEntry selected) => new()
    {
        ["sha512"] = selected.Entry.Digest.ToString(),
        ["trusted"] = selected.IsTrusted,
        ["verdict"] = Word(selected.Verdict),
        ["explanation"] = selected.Explanation,
        ["signer"] = selected.Signer is { } signer ? Certificate(signer) : null,
        ["proofs"] = new JsonArray([.. Rows(selected).SkipLast(1).Select(row => new JsonObject
        {
            ["proof"] = row.Proof,
            ["certificate"] = row.Key?.Position,
            ["passes"] = row.Passes,
            ["result"] = row.Result,
            ["why"] = row.Why,
        })]),
        ["information"] = selected.Entry.Information,
        ["signature"] = selected.Entry.Signature,
    };

    private IEnumerable<Row> Rows(SelectedEntry selected)
    {
        foreach (SignatureExamination examined in SignatureExamination.Of(selected.Entry, trusted))
        {
            yield return new Row("signature", examined.Key, examined.IsSigner, PassOrFail(examined.IsSigner), examined.SignatureExplanation);
            yield return new Row(
                "sig2", examined.Key, examined.Strong switch { StrongProof.Valid => true, StrongProof.Absent => null, _ => false },
                examined.Strong switch { StrongProof.Valid => "pass", StrongProof.Absent => "none", _ => "fail" }, examined.StrongExplanation);
        }

        bool? bound = selected.Binding.State switch { BindingState.Proven => true, BindingState.Contradicted => false, _ => null };
        yield return new Row("key", null, bound, bound is { } proven ? PassOrFail(proven) : "none", selected.Binding.Explanation);
        bool expired = selected.Entry.IsExpired(TimeProvider.System.GetUtcNow());
        yield return new Row("expiry", null, !expired, PassOrFail(!expired), selected.Entry.ExpiresAt is { } date ? $"{date.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : "it never expires");
        yield return new Row("verdict", null, selected.IsTrusted, Word(selected.Verdict), selected.Explanation);
    }

    private static JsonObject Certificate(TrustedKey certificate) => new()
    {
        ["position"] = certificate.Position,
        ["subject"] = certificate.Subject,
        ["sha256"] = certificate.Fingerprint,
        ["bits"] = certificate.KeyBits,
    };

    private static string PassOrFail(bool passes) => passes ? "pass" : "fail";

    /// <summary>A verdict as programs read it.</summary>
    public static string Word(EntryVerdict verdict) => verdict switch
    {
        EntryVerdict.UnknownSigner => "unknown-signer",
        EntryVerdict.OtherKey => "other-key",
        _ => verdict.ToString().ToLowerInvariant(),
    };
}
