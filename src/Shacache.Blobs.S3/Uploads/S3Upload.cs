using Shacache.Blobs.S3.Requests;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>A blob on its way: up to one part stays in memory and is stored in one request; more is staged in parts.</summary>
internal sealed class S3Upload(UploadParts shared, long? expectedBytes) : IBlobUpload
{
    /// <summary>What an upload takes without asking for memory: most are no longer.</summary>
    private const int FreeBytes = 1 << 20;

    /// <summary>How many parts are sent at once.</summary>
    private const int MaxSending = 2;

    private readonly CancellationTokenSource _end = new();
    private readonly Queue<Task> _sending = new();
    private PartBuffer _current = new(shared.Memory);
    private int _takenBytes;
    private int _nextNumber = 1;
    private StagedParts? _staged;
    private readonly SortedDictionary<int, StagedPart> _parts = [];
    private bool _isEnded;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!bytes.IsEmpty)
        {
            int partBytes = PartSize.Of(_nextNumber, expectedBytes);
            if (_current.LengthBytes == partBytes)
            {
                await SendAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            int count = Math.Min(bytes.Length, partBytes - _current.LengthBytes);
            if (_takenBytes == 0 && _current.LengthBytes + count > FreeBytes)
            {
                await shared.Memory.TakeAsync(partBytes, cancellationToken).ConfigureAwait(false);
                _takenBytes = partBytes;
            }

            _current.Append(bytes.Span[..count]);
            bytes = bytes[count..];
        }
    }

    public async ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (_staged is null)
                return await shared.Publisher.StoreAsync(digest, _current.Pieces).ConfigureAwait(false);
            if (_current.LengthBytes > 0)
                await SendAsync(cancellationToken).ConfigureAwait(false);
            while (_sending.TryDequeue(out Task? sending))
                await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
            _staged.Parts.Clear();
            _staged.Parts.AddRange(_parts.Values);
            return await shared.Publisher.PublishAsync(digest, _staged).ConfigureAwait(false);
        }
        catch (S3Failure e)
        {
            throw e.As($"Blob {digest} is not stored");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
            return;
        _isEnded = true;
        await _end.CancelAsync().ConfigureAwait(false);
        foreach (Task sending in _sending)
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release(_current, _takenBytes);
        if (_staged is { } staged)
        {
            await DiscardAsync(staged).ConfigureAwait(false);
            shared.Lease.Leave();
        }

        _end.Dispose();
    }

    /// <summary>Begins to send what is in memory, once there is a place.</summary>
    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        try
        {
            _staged ??= await BeginAsync(cancellationToken).ConfigureAwait(false);
            while (_sending.Count >= MaxSending)
                await _sending.Dequeue().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (S3Failure e)
        {
            throw e.As("Content cannot be staged");
        }

        if (_nextNumber > PartSize.MaxParts)
            throw new StoreLimitException("The content is longer than what an object store takes whose length was not announced, or than any object may be. Nothing was stored.");
        _sending.Enqueue(SendAsync(_staged, _nextNumber++, _current, _takenBytes));
        (_current, _takenBytes) = (new PartBuffer(shared.Memory), 0);
    }

    private async Task<StagedParts> BeginAsync(CancellationToken cancellationToken)
    {
        await shared.Lease.JoinAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            string key = shared.Layout.StagingOf(shared.Lease.Node);
            return new StagedParts(key, await shared.Bucket.BeginUploadAsync(key, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            shared.Lease.Leave();
            throw;
        }
    }

    private async Task SendAsync(StagedParts staged, int number, PartBuffer buffer, int takenBytes)
    {
        try
        {
            IReadOnlyList<ReadOnlyMemory<byte>> pieces = buffer.Pieces;
            byte[] md5 = await Task.Run(() => Bucket.Md5(pieces)).ConfigureAwait(false);
            string tag = await shared.Bucket.PutPartAsync(staged.Key, staged.UploadId, number, pieces, md5, _end.Token).ConfigureAwait(false);
            lock (_parts)
                _parts.Add(number, new StagedPart(number, tag, md5, buffer.LengthBytes));
        }
        finally
        {
            Release(buffer, takenBytes);
        }
    }

    private void Release(PartBuffer buffer, int takenBytes)
    {
        buffer.Dispose();
        if (takenBytes > 0)
            shared.Memory.Return(takenBytes);
    }

    /// <summary>What cannot be discarded now is found by the clean-up, once the lease has ended.</summary>
    private async Task DiscardAsync(StagedParts staged)
    {
        try
        {
            if (!staged.IsComplete)
                await shared.Bucket.AbortUploadAsync(staged.Key, staged.UploadId, CancellationToken.None).ConfigureAwait(false);

            // Parts whose completion was not answered may have become an object.
            await shared.Bucket.DeleteAsync(staged.Key, isOnce: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (S3Failure)
        {
            // As above.
        }
    }
}
