using Shacache.Client.Configuration;

namespace Shacache.Client.Diagnosis;

/// <summary>What is on and what is off: a cache needs a server for content and one for the directory.</summary>
internal sealed class SwitchReview : IReviewStep
{
    public Task RunAsync(ReviewCase review, CancellationToken cancellationToken)
    {
        Review(review, "download cache", review.Options.Servers);
        Review(review, "binary cache", review.Options.BinaryServers);
        return Task.CompletedTask;
    }

    private static void Review(ReviewCase review, string cache, CacheServers servers)
    {
        if (review.Options.UploadTokenFile is not null)
        {
            foreach (CacheUrl url in servers.UploadCache.Concat(servers.UploadDirectory).Where(url => url is { HasCredentials: false, Uri: { Scheme: "http", IsLoopback: false } }))
                review.Checks.Fail(cache, url.ToString(), $"the token of {BearerToken.FileOption} is not sent over http, where everybody on the way could read it", "use the https URL");
        }

        Review(review, cache, "download", servers.DownloadCache, servers.DownloadDirectory, servers.DownloadCacheOption, servers.DownloadDirectoryOption);
        Review(review, cache, "upload", servers.UploadCache, servers.UploadDirectory, servers.UploadCacheOption, servers.UploadDirectoryOption);
        foreach (CacheUrl url in servers.All().Where(url => url.HasCredentials && url.Uri.Scheme == Uri.UriSchemeHttp && !url.Uri.IsLoopback).DistinctBy(url => url.ToString()))
            review.Checks.Doubt(cache, url.ToString(), "its password goes over the network unencrypted", "use https");
    }

    private static void Review(
        ReviewCase review, string cache, string direction, IReadOnlyList<CacheUrl> content, IReadOnlyList<CacheUrl> directory,
        string contentOption, string directoryOption)
    {
        switch (content.Count, directory.Count)
        {
            case (0, 0):
                review.Checks.Note(cache, direction, "off");
                break;
            case ( > 0, > 0):
                review.Checks.Pass(cache, direction, $"on: content at {string.Join(' ', content)}, entries at {string.Join(' ', directory)}");
                break;
            case (0, _):
                review.Checks.Fail(cache, direction, $"off: {directoryOption} is set, but {contentOption} is not", $"set both, or neither");
                break;
            default:
                review.Checks.Fail(cache, direction, $"off: {contentOption} is set, but {directoryOption} is not", $"set both, or neither");
                break;
        }
    }
}
