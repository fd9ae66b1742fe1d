using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Verification;

/// <summary>A file that was not compared with its name yet. That is done while it is read; its last piece is there once the outcome is known.</summary>
/// <remarks>So no client gets a damaged blob completely, and the rest goes from the file to the socket as usual. Without a read it costs nothing.</remarks>
internal sealed class UnverifiedBlob(FileSystemBlob blob, BlobVerifier verifier, FileIdentity identity) : IBlob
{
    /// <summary>Length of the last piece.</summary>
    private const long HeldBackBytes = 64 * 1024;

    private readonly long _shownBytes = Math.Max(0, identity.LengthBytes - HeldBackBytes);
    private BlobVerification? _verification;
    private bool _isVerified;

    public Digest Digest => blob.Digest;

    public long LengthBytes => blob.LengthBytes;

    public bool IsVerified => _isVerified;

    public ValueTask<long> WaitBeyondAsync(long offset, CancellationToken cancellationToken)
    {
        if (_isVerified)
            return new ValueTask<long>(LengthBytes);
        Begin();
        return offset < _shownBytes ? new ValueTask<long>(_shownBytes) : WaitForAllAsync(cancellationToken);
    }

    public async ValueTask<bool> EnsureVerifiedAsync(CancellationToken cancellationToken)
    {
        if (!_isVerified && !await Begin().WaitAsync(cancellationToken).ConfigureAwait(false))
            throw new BlobDamagedException(Digest);
        return _isVerified = true;
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_isVerified)
            return blob.ReadAsync(offset, destination, cancellationToken);
        Begin();
        return offset < _shownBytes && !destination.IsEmpty
            ? blob.ReadAsync(offset, destination[..(int)Math.Min(destination.Length, _shownBytes - offset)], cancellationToken)
            : ReadVerifiedAsync(offset, destination, cancellationToken);
    }

    /// <summary>Verification continues: it has a handle of its own.</summary>
    public void Rest() => blob.Rest();

    public ValueTask DisposeAsync()
    {
        _verification?.Leave();
        _verification = null;
        return blob.DisposeAsync();
    }

    private BlobVerification Begin()
    {
        try
        {
            return _verification ??= verifier.Join(Digest, blob.File!, identity);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot verify blob {Digest}");
        }
    }

    private async ValueTask<long> WaitForAllAsync(CancellationToken cancellationToken)
    {
        await EnsureVerifiedAsync(cancellationToken).ConfigureAwait(false);
        return LengthBytes;
    }

    private async ValueTask<int> ReadVerifiedAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await EnsureVerifiedAsync(cancellationToken).ConfigureAwait(false);
        return await blob.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
    }
}
