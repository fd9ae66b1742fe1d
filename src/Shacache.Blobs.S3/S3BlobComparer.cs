using System.Security.Cryptography;
using Shacache.Blobs.S3.Reading;
using Shacache.Blobs.S3.Requests;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Blobs.S3;

/// <summary>Reads objects and compares them with their digests. One that is wrong is copied to <c>quarantine/</c> and removed.</summary>
internal sealed class S3BlobComparer(S3BlobStore store, Bucket bucket, BucketLayout layout) : IBlobComparer
{
    private const int StepBytes = 1 << 20;

    public async ValueTask<ComparisonOutcome> CompareAsync(Digest digest, Func<long, CancellationToken, ValueTask> onRead, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string failed = $"Blob {digest} cannot be compared with its digest";
        try
        {
            BucketAnswer answer = await bucket.OpenAsync(layout.KeyOf(digest), 0, cancellationToken).ConfigureAwait(false);
            if (!answer.IsFound)
            {
                answer.Dispose();
                return ComparisonOutcome.Absent;
            }

            var blob = new S3Blob(bucket, layout.KeyOf(digest), digest, answer.LengthBytes, answer, isCompared: false, static _ => { });
            await using (blob.ConfigureAwait(false))
            {
                if (await HashAsync(blob, onRead, cancellationToken).ConfigureAwait(false) == digest)
                    return ComparisonOutcome.Right;
            }

            await store.PutAwayAsync(digest).ConfigureAwait(false);
            return ComparisonOutcome.Damaged;
        }
        catch (S3Failure e)
        {
            throw e.As(failed);
        }
    }

    public ValueTask<long?> FindLengthAsync(Digest digest, CancellationToken cancellationToken) => store.FindLengthAsync(digest, cancellationToken);

    private static async Task<Digest> HashAsync(S3Blob blob, Func<long, CancellationToken, ValueTask> onRead, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        byte[] buffer = new byte[(int)Math.Clamp(blob.LengthBytes, 1, StepBytes)];
        int count;
        for (long offset = 0; (count = await blob.ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false)) > 0; offset += count)
        {
            hash.AppendData(buffer, 0, count);
            await onRead(count, cancellationToken).ConfigureAwait(false);
        }

        return new Digest(hash.GetHashAndReset());
    }
}
