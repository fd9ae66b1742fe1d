using System.Globalization;
using Shacache.Client.Archives;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Moving;
using Shacache.Client.Transfers;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Client.Binaries;

/// <summary>Installs one release from the binary cache.</summary>
internal sealed class SoftwareInstaller(
    BinaryCache cache, NetworkCacheOptions options, BinaryCacheOptions binary, string root, TimeProvider timeProvider)
{
    public async Task<InstallResult> InstallAsync(string softwareUrl, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        EntryKey key = EntryKeys.ForSoftwareRelease(softwareUrl);
        string folder = Path.Combine(root, key.Value);
        bool isForced = options.BinaryDownloadForceList.TryMatch(softwareUrl, out _);
        InstallResult End(InstallStatus status, string line, SoftwareEntry? source = null, ExtractionSummary? summary = null) =>
            new(status, line, isForced, key, folder, source, summary);

        if (Path.Exists(folder))
            return End(InstallStatus.AlreadyThere, $"{folder} exists already and is left alone.");
        if (options.BinaryDownloadBlacklist.TryMatch(softwareUrl, out string? prefix))
            return End(InstallStatus.Blacklisted, $"{UrlSecrets.Redact(softwareUrl)} is not downloaded: download-from-binary-cache-url-blacklist has {UrlSecrets.Redact(prefix)}.");
        if (!Directory.Exists(root))
            throw new DirectoryNotFoundException($"There is no software root {root}: create it, or name another.");

        using var client = new NetworkCacheClient(options, timeProvider);
        client.EnsureCanDownload();
        IReadOnlyList<SoftwareEntry> listed = await cache.LookUpAsync(client, key, cancellationToken).ConfigureAwait(false);
        Candidate[] fitting = [.. listed.Where(entry => entry.Selected.IsTrusted && entry.Fits).Select(Consider).OfType<Candidate>().OrderBy(candidate => candidate.Way).ThenBy(candidate => candidate.Entry.IsExact ? 0 : 1)];
        if (fitting.Length == 0)
            return End(InstallStatus.NotAvailable, NothingFits.Explain(softwareUrl, key, root, listed, client.TrustedKeys));

        string problem = "";
        int unmovable = 0;
        ArchiveException? refusal = null;
        foreach ((SoftwareEntry entry, InstallWay way, ReleaseDocuments? documents) in fitting)
        {
            try
            {
                ITreeChanges? changes = null;
                if (way == InstallWay.Moved)
                {
                    MovePlan plan = await documents!.PlanMoveAsync(client, key.Value, root, cancellationToken).ConfigureAwait(false);
                    if (plan.Refusals.Count > 0)
                    {
                        unmovable++;
                        Report($"the release that was built for {OneLine.Of(entry.BuiltRoot ?? "another root")} cannot be moved to {root} ({Name(entry)}):", plan.Refusals);
                        continue;
                    }

                    changes = new ReleaseMove(plan);
                }
                else if (way == InstallWay.Unmoved)
                {
                    options.OnWarning?.Invoke($"the release was built for {OneLine.Of(entry.BuiltRoot!)} and is installed in {root}: absolute paths in it may lead nowhere.");
                }

                Func<ITreeProof>? proof = await FindProofAsync(client, documents, folder, cancellationToken).ConfigureAwait(false);
                var transfer = new ArchiveTransfer(client, options, Extraction() with { Changes = changes, Proof = proof });
                ExtractionSummary summary = await transfer.InstallAsync(entry.Selected.Entry.Digest, folder, progress, cancellationToken).ConfigureAwait(false);
                return End(InstallStatus.Installed, $"{folder} is installed.", entry, summary) with { MovedFrom = changes is null ? null : entry.BuiltRoot };
            }
            catch (ArchiveException) when (Directory.Exists(folder))
            {
                return End(InstallStatus.AlreadyThere, $"{folder} was installed by another process in the meantime.");
            }
            catch (ArchiveException e) when (e.IsOfRoot)
            {
                unmovable++;
                problem = e.Message;
                if (e.Lines.Count > 1)
                    Report($"the release would not work in {root} ({Name(entry)}):", e.Lines);
            }
            catch (ArchiveException e) when (!e.IsOfMachine)
            {
                refusal = e;
                problem = e.Message;
            }
            catch (Exception e) when (e is NetworkCacheException or FormatException)
            {
                problem = e.Message;
            }

            options.OnWarning?.Invoke($"{OneLine.Of(problem).TrimEnd('.')} ({Name(entry)} of {UrlSecrets.Redact(softwareUrl)}).");
        }

        // A trusted machine signed content that must not be installed: an operator has to look at it.
        if (refusal is not null)
            throw refusal;
        if (unmovable > 0)
            return End(InstallStatus.NotAvailable, $"none of the {fitting.Length} trusted entries of {UrlSecrets.Redact(softwareUrl)} that fit this machine can be installed in {root}: {unmovable} cannot be moved there, or would not work.");
        return End(InstallStatus.NotAvailable, $"the content of no trusted entry that fits this machine ({fitting.Length}) arrived whole: {problem}");
    }

    /// <summary>How an entry that fits this machine would be installed; null for not at all.</summary>
    private Candidate? Consider(SoftwareEntry entry)
    {
        if (entry.IsForRoot)
            return new Candidate(entry, InstallWay.OwnRoot, ReleaseDocuments.Find(entry.Selected.Entry));
        if (!binary.SameRootOnly && ReleaseDocuments.Find(entry.Selected.Entry) is { } documents)
            return new Candidate(entry, InstallWay.Moved, documents);
        return binary.AnyRoot ? new Candidate(entry, InstallWay.Unmoved, null) : null;
    }

    /// <summary>What proves that a release works here; null where that is not wanted, or its requirements cannot be had.</summary>
    private async Task<Func<ITreeProof>?> FindProofAsync(NetworkCacheClient client, ReleaseDocuments? documents, string folder, CancellationToken cancellationToken)
    {
        if (binary.NoProof || documents is null)
            return null;
        try
        {
            return await documents.PrepareProofAsync(client, folder, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NetworkCacheException or FormatException)
        {
            options.OnWarning?.Invoke($"it is not proven that the release works here, as its requirements cannot be had: {OneLine.Of(e.Message)}");
            return null;
        }
    }

    private void Report(string what, IReadOnlyList<string> refusals)
    {
        const int MaxLines = 20;
        options.OnWarning?.Invoke(what);
        foreach (string line in refusals.Take(MaxLines))
            options.OnWarning?.Invoke(OneLine.Of(line));
        if (refusals.Count > MaxLines)
            options.OnWarning?.Invoke($"and {refusals.Count - MaxLines} files more.");
    }

    private static string Name(SoftwareEntry entry) => $"entry {entry.Selected.Entry.Digest.ToString()[..16]}…";

    private ExtractionOptions Extraction()
    {
        DateTimeOffset now = timeProvider.GetLocalNow();
        return binary.Extraction with
        {
            OnWarning = binary.Extraction.OnWarning ?? options.OnWarning,
            // In the format of C's asctime, as slapgrid writes it.
            CompletedMark = binary.ForSlapgrid == true
                ? string.Create(CultureInfo.InvariantCulture, $"{now:ddd MMM} {now.Day,2} {now:HH:mm:ss yyyy}")
                : binary.Extraction.CompletedMark,
        };
    }
}

/// <summary>The outcome of an installation.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Explanation">The same in a line, for people: when nothing is installed, why, and what to do.</param>
/// <param name="IsForced">
/// Whether the force list has the URL: then a release that is neither installed nor there is an error, and must not be built.
/// </param>
/// <param name="Key">The key under which the release was looked up.</param>
/// <param name="Folder">The folder of the release.</param>
/// <param name="Source">The entry whose content was installed; null when none was.</param>
/// <param name="Summary">What came out of the archive; null when none was installed.</param>
public sealed record InstallResult(
    InstallStatus Status, string Explanation, bool IsForced, EntryKey Key, string Folder, SoftwareEntry? Source, ExtractionSummary? Summary)
{
    /// <summary>The root that it was built under and moved from; null when it was not moved.</summary>
    public string? MovedFrom { get; init; }
}

/// <summary>How an entry would be installed, the best first.</summary>
internal enum InstallWay
{
    /// <summary>As it is: it was built under this root.</summary>
    OwnRoot,

    /// <summary>Moved to this root.</summary>
    Moved,

    /// <summary>As it is, though it was built under another root.</summary>
    Unmoved,
}

/// <summary>An entry that may be installed.</summary>
internal sealed record Candidate(SoftwareEntry Entry, InstallWay Way, ReleaseDocuments? Documents);

/// <summary>How an installation ended.</summary>
public enum InstallStatus
{
    /// <summary>The folder of the release is there, whole.</summary>
    Installed,

    /// <summary>There was a folder; it is left alone, and nothing was asked.</summary>
    AlreadyThere,

    /// <summary>The download blacklist has the URL; nothing was asked. The release is to be built.</summary>
    Blacklisted,

    /// <summary>Nothing trusted that fits this machine could be had. The release is to be built.</summary>
    NotAvailable,
}

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
                $"{Count(elsewhere.Select(entry => $"for {entry.BuiltRoot}"))}. Absolute paths in them would lead nowhere, and none has a relocation map that may be used; --any-root installs one all the same.";
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
