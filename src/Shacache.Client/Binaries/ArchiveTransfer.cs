using System.IO.Pipelines;
using Shacache.Client.Archives;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Binaries;

/// <summary>Downloads, verifies and extracts an archive at the same time.</summary>
internal sealed class ArchiveTransfer(NetworkCacheClient client, NetworkCacheOptions options, ExtractionOptions extraction)
{
    /// <summary>What may wait between network and disk.</summary>
    private const int WaitingBytes = 1024 * 1024;

    private static readonly PipeOptions Waiting = new(
        pauseWriterThreshold: WaitingBytes, resumeWriterThreshold: WaitingBytes / 2, minimumSegmentSize: 64 * 1024, useSynchronizationContext: false);

    /// <summary>Installs a content; the folder appears once the digest of all of it is known to be right.</summary>
    /// <remarks>
    /// What was extracted cannot be undone when another server has to start over. So each server is tried with
    /// an extraction of its own, until one delivers the content whole.
    /// </remarks>
    /// <exception cref="NetworkCacheException">It came whole from no server, whatever the archive looked like.</exception>
    /// <exception cref="ArchiveException">It came whole and is refused, or it cannot be written.</exception>
    public async Task<ExtractionSummary> InstallAsync(
        Digest digest, string folder, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<CacheUrl> servers = options.Servers.DownloadCache;
        Failover.EnsureConfigured(servers, options.Servers.DownloadCacheOption);
        for (int i = 0; ; i++)
        {
            try
            {
                return await InstallFromAsync(servers[i], digest, folder, progress, cancellationToken).ConfigureAwait(false);
            }
            catch (NetworkCacheException e) when (i + 1 < servers.Count)
            {
                options.OnWarning?.Invoke($"{e.Message.TrimEnd('.')}; the next server is asked.");
            }
        }
    }

    private async Task<ExtractionSummary> InstallFromAsync(
        CacheUrl server, Digest digest, string folder, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pipe = new Pipe(Waiting);
        Task download = DownloadAsync(server, digest, pipe.Writer, progress, stop.Token);
        StagedSoftware staged;
        try
        {
            staged = await StageAsync(pipe.Reader, folder, cancellationToken).ConfigureAwait(false);
        }
        catch (ArchiveException e) when (!e.IsOfMachine)
        {
            // The rest is still received, for its digest: it shows whether the server sent wrong bytes, or wrong bytes were signed.
            await download.ConfigureAwait(false);
            throw;
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await download.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // The cause of the early end is more useful than the early end.
            if (download.IsFaulted)
                await download.ConfigureAwait(false);
            throw;
        }

        await using (staged.ConfigureAwait(false))
        {
            await download.ConfigureAwait(false);
            await staged.PublishAsync(cancellationToken).ConfigureAwait(false);
            return staged.Summary;
        }
    }

    private async Task DownloadAsync(
        CacheUrl server, Digest digest, PipeWriter writer, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await client.DownloadFromAsync([server], digest, writer.AsStream(leaveOpen: true), progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            // The extraction sees the end of the archive only after the digest has been verified.
            await writer.CompleteAsync(failure).ConfigureAwait(false);
        }
    }

    private async Task<StagedSoftware> StageAsync(PipeReader reader, string folder, CancellationToken cancellationToken)
    {
        try
        {
            return await new SoftwareExtractor(extraction).StageAsync(reader.AsStream(leaveOpen: true), folder, null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Further bytes are dropped, and the download does not wait for room.
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }
}
