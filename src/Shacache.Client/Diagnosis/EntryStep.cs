using Shacache.Client.Binaries;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Moving;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client.Diagnosis;

/// <summary>Tests each entry: signature, binding to its key, expiry, platform, and whether its content is there.</summary>
internal sealed class EntryStep : IDiagnosisStep
{
    /// <summary>At most this many contents are looked up; a key with more of them is explained by its newest.</summary>
    private const int MaxContents = 32;

    private readonly record struct Test(string Name, bool Passes, string Finding, string Remedy);

    public async Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        Dictionary<Digest, Test> contents = [];
        CompatibilityJudge? judge = diagnosis is { IsBinary: true, Platform: { } here, Options.PlatformMatch: PlatformMatch.Compatible }
            ? new CompatibilityJudge(diagnosis.Client, here, line => diagnosis.Checks.Note("platform", null, line))
            : null;
        foreach ((EntryKey key, int number, SelectedEntry entry) in diagnosis.Entries)
        {
            List<Test> tests = [Signature(entry), Binding(entry, diagnosis.Options.KeyBinding)];
            if (entry.Entry.IsExpired(diagnosis.Now))
                tests.Add(new Test("expiry", false, $"it expired on {entry.Entry.ExpiresAt:yyyy-MM-dd}", "have it uploaded again"));
            if (diagnosis is { IsBinary: true, Platform: { } machine })
                tests.Add(await FitAsync(SoftwareEntry.Judge(entry, machine, root: null), judge, cancellationToken).ConfigureAwait(false));
            if (diagnosis is { IsBinary: true, SoftwareRoot: { } root })
                tests.Add(await RootAsync(entry.Entry, SoftwareRoot.Resolve(root), key, diagnosis, cancellationToken).ConfigureAwait(false));
            Digest digest = entry.Entry.Digest;
            if (!contents.TryGetValue(digest, out Test content) && contents.Count < MaxContents)
                contents[digest] = content = await FindAsync(diagnosis.Client, digest, cancellationToken).ConfigureAwait(false);
            tests.Add(content.Name is null ? new Test("content", false, "not asked for: there are too many entries", "look at the newest entries first") : content);

            string subject = diagnosis.Keys.Count > 1 ? $"entry {number} of {key}" : $"entry {number}";
            foreach (Test test in tests)
            {
                if (test.Passes)
                    diagnosis.Checks.Pass(test.Name, subject, test.Finding);
                else
                    diagnosis.Checks.Fail(test.Name, subject, test.Finding, test.Remedy);
            }

            if (tests.TrueForAll(test => test.Passes))
                diagnosis.Accept($"{subject} is taken: {content.Finding}, signed by {OneLine.Of(entry.Signer!.Subject)}");
        }
    }

    private static Test Signature(SelectedEntry entry) => entry.Verdict switch
    {
        EntryVerdict.Unsigned => new("signature", false, entry.Explanation, "have it uploaded by a machine that has signature-private-key-file"),
        EntryVerdict.UnknownSigner => new(
            "signature", false, entry.Explanation, "add the uploader's certificate to signature-certificate-list, if you trust that machine"),
        EntryVerdict.Altered => new("signature", false, entry.Explanation, "do not use it, and inform the operator of the directory"),
        EntryVerdict.Weak => new("signature", false, $"{entry.Explanation}, and signature-policy is strong", "have it uploaded again, or set signature-policy = any"),
        _ => new(
            "signature", true,
            $"{(entry.Strong == StrongProof.Valid ? "SHA-1 and sig2 (SHA-512)" : "SHA-1 alone")} of certificate {entry.Signer!.Position}, {entry.Signer.Subject}, " +
            $"SHA-256 fingerprint {entry.Signer.Fingerprint}", ""),
    };

    private static Test Binding(SelectedEntry entry, KeyBinding demanded) => entry.Binding.State switch
    {
        BindingState.Contradicted => new("binding", false, entry.Binding.Explanation, "do not use it, and inform the operator of the directory that it was copied"),
        BindingState.Absent when demanded == KeyBinding.Strict => new(
            "binding", false, $"{entry.Binding.Explanation}, and key-binding is strict", "have it uploaded again, or set key-binding = provable"),
        _ => new("binding", true, entry.Binding.Explanation, ""),
    };

    private static async Task<Test> FitAsync(SoftwareEntry entry, CompatibilityJudge? judge, CancellationToken cancellationToken)
    {
        if (judge is not null)
            entry = await judge.JudgeAsync(entry, cancellationToken).ConfigureAwait(false);
        return entry switch
        {
            { Mismatch: { } mismatch } => new("platform", false, mismatch, "build it on a machine like this one, and run shacache binary publish there"),
            { IsByRequirements: true } => new("platform", true, $"this machine has all that it needs{(entry.IsExact ? ", and is like the one it was built on" : "")}", ""),
            _ => new("platform", true, "it was built for machines like this one", ""),
        };
    }

    private static async Task<Test> RootAsync(SignedEntry entry, string root, EntryKey key, DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        if (SoftwareRoot.Find(entry) is not { } built)
            return new Test("root", true, "it does not say in which software root it was built", "");
        if (SoftwareRoot.Serves(built, root))
            return new Test("root", true, $"it was built for {OneLine.Of(built)}", "");
        string both = $"it was built for {OneLine.Of(built)}, this software root is {OneLine.Of(root)}";
        if (ReleaseDocuments.Find(entry) is not { } documents)
        {
            return new Test(
                "root", false, $"{both}: absolute paths in it would lead nowhere, and it has no relocation map",
                "build it in that root, or have it published by shacache binary publish; or shacache binary install --any-root, if it holds no such paths");
        }

        try
        {
            MovePlan plan = await documents.PlanMoveAsync(diagnosis.Client, key.Value, root, cancellationToken).ConfigureAwait(false);
            return plan.Refusals.Count == 0
                ? new Test("root", true, $"{both}: it can be moved", "")
                : new Test(
                    "root", false, $"{both}, and it cannot be moved: {OneLine.Of(plan.Refusals[0])}{(plan.Refusals.Count > 1 ? $", and {plan.Refusals.Count - 1} more" : "")}",
                    "shacache binary check with --root tells of each file what to do");
        }
        catch (Exception e) when (e is NetworkCacheException or FormatException)
        {
            return new Test("root", false, $"{both}, and its relocation map cannot be had: {OneLine.Of(e.Message)}", "have it published again");
        }
    }

    private static async Task<Test> FindAsync(NetworkCacheClient client, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            ContentLocation found = await client.LocateAsync(digest, cancellationToken).ConfigureAwait(false);
            return new Test("content", true, $"{(found.LengthBytes is { } length ? $"{length} bytes" : "there")} at {found.Server}", "");
        }
        catch (ContentNotFoundException)
        {
            return new Test("content", false, $"no server has {digest}", "have it uploaded again");
        }
        catch (NetworkCacheException e)
        {
            return new Test("content", false, e.Message, "make sure that the content servers answer; shacache config check asks every one");
        }
    }
}
