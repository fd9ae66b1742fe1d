using System.Diagnostics;
using System.Globalization;
using Shacache.Blobs.S3.Requests;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>Puts blobs under their final keys, complete and compared with what the store says of them, and overwrites none.</summary>
internal sealed class BlobPublisher(Bucket bucket, BucketLayout layout, Removals removals)
{
    /// <summary>Amazon copies no longer objects in one request.</summary>
    private const long MaxCopyBytes = 5L << 30;

    /// <summary>How long the parts of a copy are; each has to be done within the limit of a request.</summary>
    private const long CopyPartBytes = 1L << 30;

    /// <summary>How long an upload waits for a removal of the same blob.</summary>
    private static readonly TimeSpan RemovalPatience = TimeSpan.FromSeconds(10);

    /// <summary>Between a refusal, as it is there, and the look at it, others may remove it: again and again, in the end.</summary>
    private const int MaxAttempts = 10;

    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));

    /// <summary>From so many uploads at once on, a listing of all removals costs the store less than a look for each.</summary>
    private const int Many = 8;

    private readonly DigestGate _gate = new();
    private int _storing;

    /// <summary>Stores a blob that is in memory, in one request.</summary>
    /// <exception cref="S3Failure">It is not acknowledged.</exception>
    public Task<BlobCommit> StoreAsync(Digest digest, IReadOnlyList<ReadOnlyMemory<byte>> pieces) => KeepAsync(digest, () => PutAsync(digest, pieces));

    /// <summary>Makes a blob of what was staged in parts.</summary>
    /// <exception cref="S3Failure">It is not acknowledged.</exception>
    public async Task<BlobCommit> PublishAsync(Digest digest, StagedParts staged)
    {
        // Neither the completion nor a copy can be told to leave alone what is there.
        using IDisposable turn = await _gate.EnterAsync(digest).ConfigureAwait(false);
        return await KeepAsync(digest, () => CopyAsync(digest, staged)).ConfigureAwait(false);
    }

    /// <summary>Stores until no removal can take it that began before the attempt.</summary>
    private async Task<BlobCommit> KeepAsync(Digest digest, Func<Task<BlobCommit>> store)
    {
        bool isOneOfMany = Interlocked.Increment(ref _storing) >= Many;
        try
        {
            BlobCommit? first = null;
            TimeSpan waited = TimeSpan.Zero;
            for (int removalsSeen = 1; ; removalsSeen++)
            {
                (BlobCommit commit, bool isBeingRemoved) = isOneOfMany ? await StoreAndLookAsync(digest, store).ConfigureAwait(false) : await StoreLookingAsync(digest, store).ConfigureAwait(false);
                first ??= commit;
                if (!isBeingRemoved)
                    return commit == BlobCommit.Created ? commit : first.Value;
                if (waited >= RemovalPatience)
                    throw new S3Failure(FailureKind.Busy, "it is being removed; come later");
                TimeSpan pause = Backoff.AfterWithJitter(removalsSeen);
                waited += pause;
                await Task.Delay(pause).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _storing);
        }
    }

    /// <summary>Looks for a removal while it stores.</summary>
    private async Task<(BlobCommit Commit, bool IsBeingRemoved)> StoreLookingAsync(Digest digest, Func<Task<BlobCommit>> store)
    {
        Task<bool> looking = removals.IsUnderWayAsync(digest);
        try
        {
            BlobCommit commit = await store().ConfigureAwait(false);
            return (commit, await looking.ConfigureAwait(false));
        }
        finally
        {
            await ((Task)looking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks for a removal afterwards: of those who store at the same time, mostly another one did.</summary>
    private async Task<(BlobCommit Commit, bool IsBeingRemoved)> StoreAndLookAsync(Digest digest, Func<Task<BlobCommit>> store)
    {
        long began = Stopwatch.GetTimestamp();
        BlobCommit commit = await store().ConfigureAwait(false);
        return (commit, await removals.IsUnderWaySinceAsync(digest, began).ConfigureAwait(false));
    }

    private async Task<BlobCommit> PutAsync(Digest digest, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        string key = layout.KeyOf(digest);
        for (int attempts = 1; ; attempts++)
        {
            try
            {
                if (await bucket.PutAsync(key, pieces, isNew: true, CancellationToken.None).ConfigureAwait(false))
                    return BlobCommit.Created;
            }
            catch (S3Failure e) when (e.Code == Bucket.WrongTag)
            {
                await removals.RemoveAsync(digest).ConfigureAwait(false);
                throw;
            }

            ObjectState? there = await bucket.FindAsync(key, CancellationToken.None).ConfigureAwait(false);
            if (there is not null && IsSame(there, pieces))
                return BlobCommit.AlreadyStored;
            if (attempts == MaxAttempts)
                throw new S3Failure(FailureKind.Busy, "others store and remove it at the same time");
            if (there is not null)
                await removals.RemoveAsync(digest).ConfigureAwait(false);
            await Task.Delay(Backoff.AfterWithJitter(attempts)).ConfigureAwait(false);
        }
    }

    /// <summary>The tag of an object that was stored in one request is its MD5; that of others says nothing here.</summary>
    private static bool IsSame(ObjectState there, IReadOnlyList<ReadOnlyMemory<byte>> pieces) =>
        there.LengthBytes == pieces.Sum(static piece => (long)piece.Length) &&
        (there.HasOpaqueTag || there.EntityTag.Contains('-', StringComparison.Ordinal) || there.EntityTag.Equals(Convert.ToHexString(Bucket.Md5(pieces)), StringComparison.OrdinalIgnoreCase));

    private async Task<BlobCommit> CopyAsync(Digest digest, StagedParts staged)
    {
        string key = layout.KeyOf(digest);
        if (await bucket.FindAsync(key, CancellationToken.None).ConfigureAwait(false) is { } there)
        {
            if (there.LengthBytes == staged.LengthBytes)
                return BlobCommit.AlreadyStored;
            await removals.RemoveAsync(digest).ConfigureAwait(false);
        }

        await CompleteAsync(staged).ConfigureAwait(false);
        string source = layout.SourceOf(staged.Key);
        if (staged.LengthBytes <= MaxCopyBytes)
            await bucket.CopyAsync(source, key, CancellationToken.None).ConfigureAwait(false);
        else
            await CopyPartsAsync(staged, source, key).ConfigureAwait(false);
        ObjectState? copy = await bucket.FindAsync(key, CancellationToken.None).ConfigureAwait(false);
        if (copy?.LengthBytes == staged.LengthBytes)
            return BlobCommit.Created;
        if (copy is not null)
            await removals.RemoveAsync(digest).ConfigureAwait(false);
        throw new S3Failure(FailureKind.Away, $"the store made a copy of {copy?.LengthBytes ?? 0} instead of {staged.LengthBytes} bytes");
    }

    private async Task CompleteAsync(StagedParts staged)
    {
        if (staged.IsComplete)
            return;
        bool isKnown = await bucket.CompleteUploadAsync(staged.Key, staged.UploadId, staged.Parts.Select(part => (part.Number, part.EntityTag)), CancellationToken.None).ConfigureAwait(false);

        // An earlier attempt whose answer was lost may have done it.
        ObjectState? whole = await bucket.FindAsync(staged.Key, CancellationToken.None).ConfigureAwait(false);
        if (whole is null)
            throw new S3Failure(FailureKind.Away, isKnown ? "the store has not put the parts together" : "the store has lost the parts");
        if (whole.LengthBytes != staged.LengthBytes || (!whole.HasOpaqueTag && !whole.EntityTag.Equals(TagOf(staged.Parts), StringComparison.OrdinalIgnoreCase)))
        {
            throw new S3Failure(
                FailureKind.Away, $"the store put other bytes together than were sent ({whole.LengthBytes} of {staged.LengthBytes} bytes, entity tag {whole.EntityTag}, not {TagOf(staged.Parts)})");
        }

        staged.IsComplete = true;
    }

    /// <summary>The MD5 of the parts' MD5s, and how many there are.</summary>
    private static string TagOf(List<StagedPart> parts)
    {
        ReadOnlyMemory<byte>[] sums = [.. parts.Select(part => (ReadOnlyMemory<byte>)part.Md5)];
        return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(Bucket.Md5(sums))}-{parts.Count}");
    }

    private async Task CopyPartsAsync(StagedParts staged, string source, string key)
    {
        string uploadId = await bucket.BeginUploadAsync(key, CancellationToken.None).ConfigureAwait(false);
        try
        {
            List<(int Number, string EntityTag)> parts = [];
            for (long offset = 0; offset < staged.LengthBytes; offset += CopyPartBytes)
            {
                int number = parts.Count + 1;
                long length = Math.Min(CopyPartBytes, staged.LengthBytes - offset);
                parts.Add((number, await bucket.CopyPartAsync(key, uploadId, number, source, offset, length, CancellationToken.None).ConfigureAwait(false)));
            }

            await bucket.CompleteUploadAsync(key, uploadId, parts, CancellationToken.None).ConfigureAwait(false);
        }
        catch (S3Failure)
        {
            try
            {
                await bucket.AbortUploadAsync(key, uploadId, CancellationToken.None).ConfigureAwait(false);
            }
            catch (S3Failure)
            {
                // The clean-up finds it.
            }

            throw;
        }
    }
}

/// <summary>What was staged of a blob.</summary>
/// <param name="Key">The staging key.</param>
/// <param name="UploadId">The upload in parts.</param>
internal sealed record StagedParts(string Key, string UploadId)
{
    /// <summary>In their order.</summary>
    public List<StagedPart> Parts { get; } = [];

    public long LengthBytes => Parts.Sum(part => part.LengthBytes);

    /// <summary>Whether the store has put them together.</summary>
    public bool IsComplete { get; set; }
}

/// <summary>A part that is stored.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="EntityTag">Its entity tag.</param>
/// <param name="Md5">Of what was sent.</param>
/// <param name="LengthBytes">How long it is.</param>
internal sealed record StagedPart(int Number, string EntityTag, byte[] Md5, long LengthBytes);
