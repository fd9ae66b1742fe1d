using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives;

/// <summary>A release that was extracted beside its target, not visible to others yet. Disposing it without publishing removes it.</summary>
public sealed class StagedSoftware : IAsyncDisposable
{
    private readonly StagingFolder _folder;
    private readonly TreeBuilder _tree;
    private readonly bool _flushToDisk;
    private bool _isPublished;

    internal StagedSoftware(StagingFolder folder, TreeBuilder tree, bool flushToDisk)
    {
        _folder = folder;
        _tree = tree;
        _flushToDisk = flushToDisk;
        Summary = new ExtractionSummary(tree.ContentBytes, tree.Entries);
    }

    /// <summary>What came out of the archive.</summary>
    public ExtractionSummary Summary { get; }

    /// <summary>Publishes the release at its target, whole. Call it after the digest of the archive has been verified.</summary>
    /// <remarks>
    /// With <see cref="ExtractionOptions.FlushToDisk"/> all of it is on disk when this returns, and the target appears only after its content
    /// is; after a power loss at any instant there is the whole release or none.
    /// </remarks>
    /// <param name="cancellationToken">Stops before the release appears.</param>
    /// <exception cref="ArchiveException">The target was created by another process in the meantime, or the disk failed. Nothing was published.</exception>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        if (_isPublished)
            throw new InvalidOperationException("The release is published already.");
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Waits for the disk: not on the caller's thread.
            await Task.Run(Publish, cancellationToken).ConfigureAwait(false);
        }
        catch (FileSystemException e)
        {
            throw e.ToArchiveException("The release is not installed", isOfMachine: true);
        }

        _isPublished = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.Run(() =>
        {
            _tree.Dispose();
            _folder.Dispose();
        }).ConfigureAwait(false);
    }

    private void Publish()
    {
        _tree.CompleteRoot();
        _folder.Publish(_flushToDisk);
    }
}
