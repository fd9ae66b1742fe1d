using System.Text.Json.Nodes;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Urls;
using Shacache.Protocol;

namespace Shacache.Client.Downloads;

/// <summary>Gives what came from the origin to the cache. Whatever goes wrong is a warning: the file is there, and the build goes on.</summary>
internal sealed class Contribution(NetworkCacheClient client, CacheHealth health, DownloadCacheOptions policy, NetworkCacheOptions options)
{
    /// <summary>Uploads and lists a file.</summary>
    /// <param name="url">Where it came from.</param>
    /// <param name="answer">What came.</param>
    /// <param name="content">The bytes; can seek.</param>
    /// <param name="listed">The trusted entries that the cache has of the URL.</param>
    /// <param name="checksums">What the bytes were verified with.</param>
    /// <param name="progress">Told about the upload.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether the cache has it now by what was done here.</returns>
    public async Task<bool> TryMakeAsync(
        OriginUrl url, OriginAnswer answer, Stream content, IReadOnlyList<SelectedEntry> listed, IReadOnlyList<Checksum> checksums,
        IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (!CanMake(url) || !await IsFitAsync(url, answer, content, checksums, cancellationToken).ConfigureAwait(false))
            return false;
        return await TryAsync(url, async () =>
        {
            content.Position = 0;
            UploadResult stored = await client.UploadAsync(content, progress, cancellationToken).ConfigureAwait(false);
            if (stored.Digest != answer.Digest)
                throw new IOException("the file was changed meanwhile");
            // Only the newest is taken: after another one the same would not be found.
            bool isListed = listed.Count > 0 && listed[0].Entry.Digest == answer.Digest && OriginValidators.From(listed[0].Entry) == answer.Validators;
            if (!isListed)
                await client.IndexAsync(EntryKeys.ForUrl(url.Text), answer.Digest, Describe(url, answer, checksums), cancellationToken).ConfigureAwait(false);
            return await ListAsFormsAsync(url, answer.Digest, cancellationToken).ConfigureAwait(false) || !isListed || !stored.AlreadyStored;
        }).ConfigureAwait(false);
    }

    /// <summary>Lists a file that came from the cache under the further keys that the policy names.</summary>
    /// <returns>Whether it was not yet listed there.</returns>
    public async Task<bool> TryListAsync(OriginUrl url, Digest digest, CancellationToken cancellationToken) =>
        policy.ContributeAs.Count > 0 && CanMake(url) &&
        await TryAsync(url, () => ListAsFormsAsync(url, digest, cancellationToken)).ConfigureAwait(false);

    private bool CanMake(OriginUrl url)
    {
        if (options.Servers.UploadCache.Count == 0 || options.Servers.UploadDirectory.Count == 0 || !health.IsUsable)
            return false;
        if (options.SignaturePrivateKeyFile is null)
        {
            health.WarnOnce("unsigned", "nothing is contributed to the network cache: without signature-private-key-file no machine would trust it.");
            return false;
        }

        // What needs a password is not for everyone.
        if (options.AllowCredentialsInEntries || (!url.Server.HasCredentials && UrlSecrets.Find(url.Text) is null))
            return true;
        health.WarnOnce(
            url.Text, $"{url} is not contributed to the network cache: everybody could read {UrlSecrets.Find(url.Text) ?? "user and password"} in its listing.");
        return false;
    }

    /// <summary>A part of a file, or a page that came in its place, would be everybody's for ever. A checksum proves that it is neither.</summary>
    private async ValueTask<bool> IsFitAsync(
        OriginUrl url, OriginAnswer answer, Stream content, IReadOnlyList<Checksum> checksums, CancellationToken cancellationToken)
    {
        if (checksums.Count > 0)
            return true;
        string? problem = null;
        if (!answer.IsWhole)
        {
            problem = "the origin did not say where it ends, so that it may be a part; give a checksum to have it verified";
        }
        else if (!policy.AllowWebPages && WebPage.IsUnexpectedAt(url.Text))
        {
            content.Position = 0;
            if (await WebPage.IsAsync(content, answer.MediaType, cancellationToken).ConfigureAwait(false))
                problem = "it is a web page, and not the file that the URL names; look at it, and give a checksum, or --force if the page is meant";
        }

        if (problem is not null)
            health.WarnOnce(url.Text, $"{url} is not contributed to the network cache: {problem}.");
        return problem is null;
    }

    private async Task<bool> TryAsync(OriginUrl url, Func<Task<bool>> contribute)
    {
        try
        {
            return await contribute().ConfigureAwait(false);
        }
        catch (Exception e) when (e is NetworkCacheException or IOException)
        {
            health.ReportFailure("contribution", $"{url} is not contributed to the network cache: {e.Message}");
            return false;
        }
    }

    private async Task<bool> ListAsFormsAsync(OriginUrl url, Digest digest, CancellationToken cancellationToken)
    {
        bool added = false;
        foreach (ContributionForm form in policy.ContributeAs)
        {
            (EntryKey key, JsonObject metadata) = form.Describe(url.Text, url.FileName);
            IReadOnlyList<SelectedEntry> listed = options.Servers.DownloadDirectory.Count == 0 ? []
                : await client.SelectTrustedAsync(key, cancellationToken).ConfigureAwait(false);
            if (listed.Count > 0 && listed[0].Entry.Digest == digest)
                continue;
            await client.IndexAsync(key, digest, metadata, cancellationToken).ConfigureAwait(false);
            added = true;
        }

        return added;
    }

    private static JsonObject Describe(OriginUrl url, OriginAnswer answer, IReadOnlyList<Checksum> checksums)
    {
        var metadata = new JsonObject { ["url"] = url.Text, ["urlmd5"] = EntryKeys.UrlMd5(url.Text) };
        if (url.FileName is { } name)
            metadata["file_name"] = name;
        answer.Validators.AddTo(metadata);
        metadata[EntryWorth.FetchMember] = EntryWorth.SecondsOf(answer.TransferTime);
        // Those who ask for one of these need not download what has another.
        foreach (Checksum checksum in checksums.Where(checksum => checksum.Algorithm != ChecksumAlgorithm.Sha512))
            metadata[checksum.Name] = checksum.Hex;
        return metadata;
    }
}
