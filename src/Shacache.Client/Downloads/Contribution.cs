using System.Text.Json.Nodes;
using Shacache.Client.Configuration;

namespace Shacache.Client;

/// <summary>Gives what came from the origin to the cache. Whatever goes wrong is a warning: the file is there, and the build goes on.</summary>
internal sealed class Contribution(NetworkCacheClient client, CacheHealth health, NetworkCacheOptions options)
{
    /// <summary>Uploads and lists a file.</summary>
    /// <param name="url">Where it came from.</param>
    /// <param name="answer">What came.</param>
    /// <param name="content">The bytes; can seek.</param>
    /// <param name="listed">The trusted entries that the cache has of the URL.</param>
    /// <param name="progress">Told about the upload.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Whether the cache has it now by what was done here.</returns>
    public async Task<bool> TryMakeAsync(
        OriginUrl url, OriginAnswer answer, Stream content, IReadOnlyList<SelectedEntry> listed,
        IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        // What needs a password is not for everyone.
        if (options.Servers.UploadCache.Count == 0 || options.Servers.UploadDirectory.Count == 0 || url.Server.HasCredentials || !health.IsUsable)
            return false;
        if (options.SignaturePrivateKeyFile is null)
        {
            health.WarnOnce("unsigned", "nothing is contributed to the network cache: without signature-private-key-file nobody would trust it.");
            return false;
        }

        try
        {
            content.Position = 0;
            UploadResult stored = await client.UploadAsync(content, progress, cancellationToken).ConfigureAwait(false);
            if (stored.Digest != answer.Digest)
                throw new IOException("the file was changed meanwhile");
            if (listed.Any(entry => entry.Entry.Digest == answer.Digest && OriginValidators.From(entry.Entry) == answer.Validators))
                return !stored.AlreadyStored;
            await client.IndexAsync(EntryKeys.ForUrl(url.Text), answer.Digest, Describe(url, answer), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is NetworkCacheException or IOException)
        {
            health.ReportFailure("contribution", $"{url} is not contributed to the network cache: {e.Message}");
            return false;
        }
    }

    private static JsonObject Describe(OriginUrl url, OriginAnswer answer)
    {
        var metadata = new JsonObject { ["url"] = url.Text, ["urlmd5"] = EntryKeys.UrlMd5(url.Text) };
        if (url.FileName is { } name)
            metadata["file_name"] = name;
        answer.Validators.AddTo(metadata);
        return metadata;
    }
}
