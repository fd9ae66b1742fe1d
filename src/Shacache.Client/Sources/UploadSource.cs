using System.Diagnostics.CodeAnalysis;
using Shacache.Client.Archives;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Downloads;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Transfers;
using Shacache.Core.Urls;
using Shacache.Protocol;

namespace Shacache.Client.Sources;

/// <summary>Opens what is to be uploaded as a stream that can seek, which is what <see cref="NetworkCacheClient.UploadAsync"/> takes.</summary>
/// <remarks>
/// What is no plain file goes into a temporary file first, never into memory. That file has no name as soon as it is open (except on Windows), so
/// that nothing is left over, however the program ends.
/// </remarks>
public static class UploadSource
{
    /// <summary>Opens a file, or packs a folder (<see cref="SoftwareArchiver"/>; the same folder gives the same bytes). A pipe is read to its end.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="options">Its <see cref="NetworkCacheOptions.OnWarning"/> is told what a folder holds that cannot be packed.</param>
    /// <param name="source">What is demanded of the content; the defaults when null.</param>
    /// <param name="progress">Told while a folder is packed.</param>
    /// <param name="cancellationToken">Stops; nothing is left over.</param>
    /// <exception cref="ChecksumMismatchException">It has another checksum.</exception>
    /// <exception cref="NetworkCacheException">It is a web page, and not what the URL of <paramref name="source"/> names.</exception>
    /// <exception cref="IOException">It does not exist or cannot be read, or there is no room for the temporary file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="ArchiveException">The folder cannot be packed.</exception>
    public static async Task<Stream> OpenFileAsync(
        string path, NetworkCacheOptions options, UploadSourceOptions? source = null, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        source ??= new UploadSourceOptions();
        Stream content = await OpenPathAsync(path, options, source, progress, cancellationToken).ConfigureAwait(false);
        try
        {
            if (source.Checksums.Count > 0)
                await CompareAsync(content, path, source.Checksums, cancellationToken).ConfigureAwait(false);
            else if (source.Url is { } url)
                await EnsureNoWebPageAsync(content, UrlSecrets.Redact(url), url, null, source, cancellationToken).ConfigureAwait(false);
            return content;
        }
        catch
        {
            await content.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Stream> OpenPathAsync(
        string path, NetworkCacheOptions options, UploadSourceOptions source, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (Directory.Exists(path))
            return await PackAsync(path, options, progress, source.WithCredentials, cancellationToken).ConfigureAwait(false);
        FileStream file = new(path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });
        if (file.CanSeek)
            return file;
        await using (file.ConfigureAwait(false))
        {
            return await TemporaryFile.FillAsync(
                Path.GetTempPath(), temporary => file.CopyToAsync(temporary, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Fetches a URL (<c>http</c>, <c>https</c>), or opens what a <c>file</c> URL or the path of a folder names.</summary>
    /// <remarks>
    /// <c>user:password@</c> in the URL means HTTP basic authentication. What may be a part of the file is refused, as is what came over http when https
    /// was asked for: it would be everybody's under this URL.
    /// </remarks>
    /// <param name="url">The URL.</param>
    /// <param name="options">Timeouts, retries, proxy and limits of the transfer.</param>
    /// <param name="source">What is demanded of the content; the defaults when null.</param>
    /// <param name="progress">Told while it is fetched or packed.</param>
    /// <param name="cancellationToken">Stops; nothing is left over.</param>
    /// <exception cref="FormatException">It is no such URL.</exception>
    /// <exception cref="ChecksumMismatchException">It has another checksum.</exception>
    /// <exception cref="NetworkCacheException">The URL's server did not deliver it, perhaps not all of it, or a web page in its place.</exception>
    /// <exception cref="IOException">What the URL names does not exist or cannot be read, or there is no room for the temporary file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="ArchiveException">The folder cannot be packed.</exception>
    [SuppressMessage("Design", "CA1054", Justification = "A key is made of the URL's text; System.Uri would change it.")]
    public static async Task<Stream> OpenUrlAsync(
        string url, NetworkCacheOptions options, UploadSourceOptions? source = null, IProgress<TransferProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        source ??= new UploadSourceOptions();
        if (Directory.Exists(url))
            return await OpenFileAsync(url, options, source, progress, cancellationToken).ConfigureAwait(false);
        // A path is an absolute URL to System.Uri; here it is more likely a mistake.
        if (!url.Contains(':') || !Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed))
            throw new FormatException($"'{OneLine.Of(UrlSecrets.Redact(url))}' is neither a URL nor a folder.");
        if (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps)
        {
            var origin = OriginUrl.Parse(url);
            return await TemporaryFile.FillAsync(
                Path.GetTempPath(), temporary => FetchAsync(origin, temporary, options, source, progress, cancellationToken)).ConfigureAwait(false);
        }

        if (parsed.Scheme == Uri.UriSchemeFile && (parsed.Host.Length == 0 || parsed.Host == "localhost"))
            return await OpenFileAsync(Uri.UnescapeDataString(parsed.AbsolutePath), options, source with { Url = url }, progress, cancellationToken).ConfigureAwait(false);
        throw new FormatException($"'{OneLine.Of(UrlSecrets.Redact(url))}' cannot be fetched: only http, https and file URLs of this machine can.");
    }

    private static async Task FetchAsync(
        OriginUrl url, Stream file, NetworkCacheOptions options, UploadSourceOptions source, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        using HttpSender sender = HttpTransport.CreateSender(options);
        var transport = new HttpTransport(sender, ServerCredentials.OfUrl, TimeProvider.System);
        using var destination = new VerifiedDestination(file, source.Checksums);
        OriginAnswer answer = (await OriginDownload.RunAsync(transport, options, TimeProvider.System, url, null, destination, progress, cancellationToken)
            .ConfigureAwait(false))!;
        if (source.Checksums.Count > 0)
            return;
        if (!answer.IsWhole)
        {
            throw new NetworkCacheException(
                $"{url}: the server did not say where the file ends, and its connection ended after {answer.LengthBytes} bytes: that may be a part of it. " +
                "Nothing is uploaded; give a checksum of the file, such as --sha256, to have it verified.");
        }

        file.Position = 0;
        await EnsureNoWebPageAsync(file, url.ToString(), url.Text, answer.MediaType, source, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask EnsureNoWebPageAsync(
        Stream content, string shownUrl, string url, string? mediaType, UploadSourceOptions source, CancellationToken cancellationToken)
    {
        if (!source.AllowWebPage && WebPage.IsUnexpectedAt(url) && await WebPage.IsAsync(content, mediaType, cancellationToken).ConfigureAwait(false))
        {
            throw new NetworkCacheException(
                $"{shownUrl}: what was to be uploaded is a web page, and not the file that the URL names. Nothing is uploaded; look at it, and say --force if the page is meant.");
        }
    }

    private static async Task CompareAsync(Stream content, string path, IReadOnlyList<Checksum> checksums, CancellationToken cancellationToken)
    {
        const int PieceBytes = 128 * 1024;
        using var tests = new VerifiedDestination(Stream.Null, checksums);
        byte[] piece = new byte[PieceBytes];
        int read;
        while ((read = await content.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
            await tests.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        content.Position = 0;
        if (tests.FindWrongChecksum() is { } wrong)
        {
            throw new ChecksumMismatchException(
                $"{path} has {wrong.Actual}, not {wrong.Expected}. Nothing is uploaded. Check the file and the {wrong.Expected.Name}.", wrong.Expected, wrong.Actual);
        }
    }

    private static async Task<Stream> PackAsync(
        string folder, NetworkCacheOptions options, IProgress<TransferProgress>? progress, bool withCredentials, CancellationToken cancellationToken)
    {
        // The owners of the files here mean nothing on another machine.
        var packing = new ArchiveOptions { KeepOwners = false, WithCredentials = withCredentials };
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string target = Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        // Beside the folder, where there was room for its content; the system's temporary folder may be in memory.
        string parent = Path.GetDirectoryName(path) ?? Path.GetTempPath();
        return await TemporaryFile.FillAsync(parent, async temporary =>
        {
            var shown = progress is null ? null : new PackingProgress(progress);
            ArchiveSummary summary = await new SoftwareArchiver(packing).WriteAsync(target, temporary, shown, cancellationToken).ConfigureAwait(false);
            foreach (string warning in summary.Warnings)
                options.OnWarning?.Invoke(warning);
        }).ConfigureAwait(false);
    }
}

/// <summary>Shows a packing as the first stage of a transfer.</summary>
internal sealed class PackingProgress(IProgress<TransferProgress> progress) : IProgress<ArchiveProgress>
{
    // How large the archive will be is not known before it is done.
    public void Report(ArchiveProgress value) => progress.Report(new TransferProgress(TransferStage.Packing, value.CompressedBytes, null));
}

/// <summary>What is demanded of a content before it is uploaded. Immutable.</summary>
public sealed record UploadSourceOptions
{
    /// <summary>What is known of the content; each is verified. With one of them the content may end where its connection ends. Default none.</summary>
    public IReadOnlyList<Checksum> Checksums { get; init; } = [];

    /// <summary>The URL under which a file is to be listed, which says whether a web page can be meant. Default null: none; of what is fetched, its own.</summary>
    public string? Url { get; init; }

    /// <summary>Whether a web page is taken where the URL names an archive. Default false: it is refused, unless a checksum is right.</summary>
    public bool AllowWebPage { get; init; }

    /// <summary>Whether files of a folder that hold credentials are packed too. Default false: they are left out with a warning.</summary>
    public bool WithCredentials { get; init; }
}
