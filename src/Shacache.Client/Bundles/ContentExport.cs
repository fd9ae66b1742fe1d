using System.Buffers;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Bundles;

/// <summary>Downloads contents into a bundle: each once, however many entries name it and request it at the same time.</summary>
internal sealed class ContentExport(BundleWriter bundle, NetworkCacheClient client, IndexSpool lines, string folder, ProgressTally tally)
{
    private readonly FailureLimit _failures = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, int> _places = [];
    private readonly Dictionary<Digest, Task<string?>> _running = [];
    private readonly Dictionary<Digest, string> _problems = [];
    private long _bytes;

    public int Count => _places.Count;

    public long Bytes => _bytes;

    /// <summary>The place of a content among the contents of the index, from 0.</summary>
    public int PlaceOf(Digest digest)
    {
        lock (_lock)
            return _places[digest];
    }

    /// <summary>Downloads a content, unless it is there.</summary>
    /// <returns>Why it cannot be had; null when it is there.</returns>
    public Task<string?> EnsureAsync(Digest digest, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_places.ContainsKey(digest))
                return Task.FromResult<string?>(null);
            if (_problems.TryGetValue(digest, out string? problem))
                return Task.FromResult<string?>(problem);
            if (_running.TryGetValue(digest, out Task<string?>? running))
                return running;
            // Task.Run, since the download takes the same lock.
            return _running[digest] = Task.Run(() => DownloadAsync(digest, cancellationToken), cancellationToken);
        }
    }

    private async Task<string?> DownloadAsync(Digest digest, CancellationToken cancellationToken)
    {
        var slot = new ContentSlot(bundle, $"contents/{digest}", folder, tally.Part());
        await using (slot.ConfigureAwait(false))
        {
            try
            {
                await client.DownloadAsync(digest, slot, slot, cancellationToken).ConfigureAwait(false);
                BundleRegion region = await slot.CompleteAsync(cancellationToken).ConfigureAwait(false);
                _failures.Reset();
                Add(digest, region);
                return null;
            }
            catch (NetworkCacheException e) when (!_failures.IsExceededBy(e))
            {
                lock (_lock)
                {
                    _running.Remove(digest);
                    return _problems[digest] = OneLine.Of(e);
                }
            }
        }
    }

    private void Add(Digest digest, BundleRegion region)
    {
        lock (_lock)
        {
            if (_places.Count == BundleLayout.MaxContents)
                throw new BundleException($"A bundle has at most {BundleLayout.MaxContents} contents: export less at a time.");
            _running.Remove(digest);
            lines.Add($"c {region.Offset} {region.LengthBytes} {digest}");
            _places[digest] = _places.Count;
            _bytes += region.LengthBytes;
        }
    }
}

/// <summary>Where one content is downloaded to: memory while it is small, then its place in the bundle, which others write to at the same time.</summary>
/// <remarks>Where the server does not say how long it is, a temporary file takes it until that is known.</remarks>
internal sealed class ContentSlot(BundleWriter bundle, string name, string folder, IProgress<TransferProgress>? progress) : Stream, IProgress<TransferProgress>
{
    private const int MemoryBytes = 1024 * 1024;

    private byte[]? _memory = ArrayPool<byte>.Shared.Rent(MemoryBytes);
    private BundleRegion? _region;
    private FileStream? _temporary;
    private bool _isInMemory = true;
    private long? _announcedBytes;
    private long _lengthBytes;

    public override bool CanRead => false;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _lengthBytes;

    /// <summary>Always at the end: a transfer that starts over sets the length to 0 first.</summary>
    public override long Position
    {
        get => _lengthBytes;
        set => ArgumentOutOfRangeException.ThrowIfNotEqual(value, _lengthBytes);
    }

    /// <summary>Gets the length of the content before the content exceeds the memory.</summary>
    public void Report(TransferProgress value)
    {
        _announcedBytes = value.TotalBytes;
        progress?.Report(value);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isInMemory && _lengthBytes + buffer.Length > MemoryBytes)
            await LeaveMemoryAsync(cancellationToken).ConfigureAwait(false);
        if (_isInMemory)
            buffer.CopyTo(_memory.AsMemory((int)_lengthBytes));
        else if (_temporary is not null)
            await _temporary.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        else if (_lengthBytes + buffer.Length <= _region!.LengthBytes)
            await bundle.WriteAsync(_region, _lengthBytes, buffer, cancellationToken).ConfigureAwait(false);
        else
            throw new InvalidOperationException("More bytes came than were announced.");
        _lengthBytes += buffer.Length;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The content is complete and right: it becomes a member of the bundle.</summary>
    /// <returns>Where it is.</returns>
    public async Task<BundleRegion> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_isInMemory)
            return await bundle.AddAsync(name, _memory.AsMemory(0, (int)_lengthBytes), cancellationToken).ConfigureAwait(false);
        if (_temporary is not null)
        {
            await _temporary.FlushAsync(cancellationToken).ConfigureAwait(false);
            BundleSlice[] content = [new BundleSlice(_temporary.SafeFileHandle, 0, _lengthBytes)];
            return (await bundle.AddAsync(name, content, cancellationToken).ConfigureAwait(false)).Region;
        }

        if (_region!.LengthBytes != _lengthBytes)
            throw new InvalidOperationException("Fewer bytes came than were announced.");
        await bundle.CompleteAsync(_region, cancellationToken).ConfigureAwait(false);
        BundleRegion complete = _region;
        _region = null;
        return complete;
    }

    public override void SetLength(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(value, 0);
        _lengthBytes = 0;
        _isInMemory = true;
        _temporary?.SetLength(0);
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_memory is not null)
            ArrayPool<byte>.Shared.Return(_memory);
        _memory = null;
        if (_temporary is not null)
            await _temporary.DisposeAsync().ConfigureAwait(false);
        if (_region is not null)
            await bundle.AbandonAsync(_region).ConfigureAwait(false);
        _region = null;
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask LeaveMemoryAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> begun = _memory.AsMemory(0, (int)_lengthBytes);
        _isInMemory = false;
        if (_region is not null && _region.LengthBytes != _announcedBytes)
        {
            // Another server announced another length.
            await bundle.AbandonAsync(_region).ConfigureAwait(false);
            _region = null;
        }

        if (_announcedBytes is { } announced && _temporary is null)
        {
            _region ??= bundle.Reserve(name, announced);
            await bundle.WriteAsync(_region, 0, begun, cancellationToken).ConfigureAwait(false);
            return;
        }

        _temporary ??= TemporaryFile.Create(folder);
        await _temporary.WriteAsync(begun, cancellationToken).ConfigureAwait(false);
    }
}
