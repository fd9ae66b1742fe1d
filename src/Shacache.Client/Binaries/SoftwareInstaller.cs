using System.Text.Json;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Configuration;
using Shacache.Core.Entries;

namespace Shacache.Client.Binaries;

/// <summary>Installs one release from the binary cache.</summary>
internal sealed class SoftwareInstaller(
    BinaryCache cache, NetworkCacheOptions options, ExtractionOptions extraction, string root, TimeProvider timeProvider)
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
            return End(InstallStatus.Blacklisted, $"{softwareUrl} is not downloaded: download-from-binary-cache-url-blacklist has {prefix}.");
        if (!Directory.Exists(root))
            throw new DirectoryNotFoundException($"There is no software root {root}: create it, or name another.");

        using var client = new NetworkCacheClient(options, timeProvider);
        client.EnsureCanDownload();
        IReadOnlyList<SoftwareEntry> listed = await cache.LookUpAsync(client, key, cancellationToken).ConfigureAwait(false);
        SoftwareEntry[] fitting = [.. listed.Where(entry => entry.Selected.IsTrusted && entry.Fits)];
        if (fitting.Length == 0)
            return End(InstallStatus.NotAvailable, NothingFits.Explain(softwareUrl, key, listed, client.TrustedKeys));

        var transfer = new ArchiveTransfer(client, options, extraction);
        string problem = "";
        ArchiveException? refusal = null;
        foreach (SoftwareEntry entry in fitting)
        {
            try
            {
                WarnOfOtherRoot(entry.Selected.Entry);
                ExtractionSummary summary = await transfer.InstallAsync(entry.Selected.Entry.Digest, folder, progress, cancellationToken).ConfigureAwait(false);
                return End(InstallStatus.Installed, $"{folder} is installed.", entry, summary);
            }
            catch (ArchiveException) when (Directory.Exists(folder))
            {
                return End(InstallStatus.AlreadyThere, $"{folder} was installed by somebody else meanwhile.");
            }
            catch (ArchiveException e) when (e.InnerException is not FileSystemException)
            {
                refusal = e;
                problem = e.Message;
            }
            catch (NetworkCacheException e)
            {
                problem = e.Message;
            }

            options.OnWarning?.Invoke($"{OneLine.Of(problem).TrimEnd('.')} (entry {entry.Selected.Entry.Digest.ToString()[..16]}… of {softwareUrl}).");
        }

        // What a trusted machine signed, and came whole, must not be installed: somebody should look at it.
        if (refusal is not null)
            throw refusal;
        return End(InstallStatus.NotAvailable, $"the content of no trusted entry that fits this machine ({fitting.Length}) arrived whole: {problem}");
    }

    /// <summary>Built software often holds the paths of its own files.</summary>
    private void WarnOfOtherRoot(SignedEntry entry)
    {
        using var information = JsonDocument.Parse(entry.Information);
        if (information.RootElement.TryGetProperty("software_root", out JsonElement value) && value.ValueKind == JsonValueKind.String &&
            value.GetString()!.TrimEnd('/') is { Length: > 0 } builtAt && builtAt != root)
        {
            options.OnWarning?.Invoke($"the release was built for {OneLine.Of(builtAt)} and is installed in {root}: absolute paths in it may lead nowhere.");
        }
    }
}
