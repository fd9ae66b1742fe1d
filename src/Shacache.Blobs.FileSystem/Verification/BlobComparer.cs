using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Blobs.FileSystem.Verification;

/// <summary>Compares files with their names one after the other, on one thread that leaves the disk to all others.</summary>
/// <remarks>What is remembered of files that were read is neither asked nor changed: it may be the disk that changed them.</remarks>
internal sealed class BlobComparer(BlobLayout layout, BlobVerifier verifier) : IBlobComparer, IDisposable
{
    /// <summary>Between two steps the reader waits for its rate.</summary>
    private const int StepBytes = 1 << 20;

    private readonly DiskThreads _thread = new(1, new QuietThreadStarter());

    public async ValueTask<ComparisonOutcome> CompareAsync(Digest digest, Func<long, CancellationToken, ValueTask> onRead, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            SafeFileHandle? file = Disk.TryOpenBlob(layout, digest);
            if (file is null)
                return ComparisonOutcome.Absent;
            using var verification = new BlobVerification(digest, file, Disk.Identify(file));
            if (verifier.IsKnownWrong(digest, verification.Identity))
                return ComparisonOutcome.Damaged;
            bool? isRight = null;
            while (isRight is null)
            {
                long before = verification.HashedBytes;
                isRight = await _thread.RunAsync(verification, static verification => verification.Step(StepBytes)).ConfigureAwait(false);
                await onRead(verification.HashedBytes - before, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }

            return isRight.Value ? ComparisonOutcome.Right
                : await verifier.SetAsideAsync(verification).ConfigureAwait(false) ? ComparisonOutcome.Damaged : ComparisonOutcome.Absent;
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot compare blob {layout.PathOf(digest)} with its digest");
        }
    }

    public ValueTask<long?> FindLengthAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using SafeFileHandle? file = Disk.TryOpenBlob(layout, digest);
            return new ValueTask<long?>(file is null || !verifier.IsStored(digest, Disk.Identify(file)) ? null : RandomAccess.GetLength(file));
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot look at blob {layout.PathOf(digest)}");
        }
    }

    public void Dispose() => _thread.Dispose();
}
