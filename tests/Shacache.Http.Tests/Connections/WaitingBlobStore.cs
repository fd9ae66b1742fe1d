using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Connections;

/// <summary>Looks for a blob until it is told to stop.</summary>
internal sealed class WaitingBlobStore(IBlobStore inner) : IBlobStore
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Asked => _asked.Task;

    public Task Aborted => _aborted.Task;

    public async ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        _asked.SetResult();
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        }
        finally
        {
            _aborted.SetResult();
        }
    }

    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) => inner.BeginUploadAsync(lengthBytes, cancellationToken);

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);
}
