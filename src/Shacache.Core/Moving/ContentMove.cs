using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using Shacache.Core.Transfers;

namespace Shacache.Core.Moving;

/// <summary>Copies the content of one store into another one, what is missing there and several blobs at once, each compared with its digest on the way.</summary>
/// <param name="source">Where it comes from. It may change meanwhile.</param>
/// <param name="target">Where it goes.</param>
/// <param name="parallelism">How many blobs are under way at once.</param>
public sealed class ContentMove(IContentSource source, IContentTarget target, int parallelism)
{
    /// <summary>So many damaged blobs are remembered; with more, something else is wrong.</summary>
    public const int MaxDamaged = 10_000;

    private readonly BlobIngester _ingester = new(target);
    private readonly ConcurrentDictionary<Digest, string> _damaged = [];
    private long _copied;
    private long _copiedBytes;
    private long _removed;
    private long _gone;

    /// <summary>Whether the target is to have nothing else: what the source has no more is removed there.</summary>
    public bool IsMirror { get; init; }

    /// <summary>Told how far it has come: blobs that were looked at, and their bytes.</summary>
    public Action<long, long>? OnProgress { get; init; }

    /// <summary>What is damaged in the source, and why it was not copied.</summary>
    public IReadOnlyDictionary<Digest, string> Damaged => _damaged;

    /// <summary>Looks at everything once.</summary>
    /// <exception cref="BlobStoreException">A store failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        (_copied, _copiedBytes, _removed, _gone) = (0, 0, 0, 0);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ListMissingAsync(cancellationToken), options, CopyAsync).ConfigureAwait(false);
    }

    /// <summary>Removes from the target what was taken away at the source, unless it is there again.</summary>
    public async Task RemoveAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (!await source.HasAsync(digest, cancellationToken).ConfigureAwait(false) && await target.DeleteAsync(digest, cancellationToken).ConfigureAwait(false))
            Interlocked.Increment(ref _removed);
    }

    /// <summary>What was done since the last run began, while nothing is under way.</summary>
    public ContentMoveOutcome Outcome => new(_copied, _copiedBytes, _removed, _gone);

    private async IAsyncEnumerable<BlobInfo> ListMissingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int part = 0; part < IContentParts.Count; part++)
        {
            HashSet<Digest> there = [];
            await foreach (BlobInfo blob in target.ListPartAsync((byte)part, cancellationToken).ConfigureAwait(false))
                there.Add(blob.Digest);
            await foreach (BlobInfo blob in source.ListPartAsync((byte)part, cancellationToken).ConfigureAwait(false))
            {
                if (there.Remove(blob.Digest) || _damaged.ContainsKey(blob.Digest))
                    OnProgress?.Invoke(1, blob.LengthBytes);
                else
                    yield return blob;
            }

            if (!IsMirror)
                continue;
            foreach (Digest digest in there)
                await RemoveAsync(digest, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CopyAsync(BlobInfo blob, CancellationToken cancellationToken)
    {
        string? problem;
        try
        {
            Stream? content = await source.OpenAsync(blob.Digest, cancellationToken).ConfigureAwait(false);
            if (content is null)
            {
                Interlocked.Increment(ref _gone);
                return;
            }

            await using (content.ConfigureAwait(false))
                problem = await TryCopyAsync(blob, content, cancellationToken).ConfigureAwait(false);
        }
        catch (BlobDamagedException)
        {
            problem = "its bytes have another digest";
        }
        catch (IOException e)
        {
            problem = $"it cannot be read: {e.Message.TrimEnd('.')}";
        }

        if (problem is null)
            return;
        _damaged[blob.Digest] = problem;
        if (_damaged.Count > MaxDamaged)
            throw new BlobStoreException($"More than {MaxDamaged} objects of the source are damaged, the last of them {blob.Digest}. Look at its disk first.");
    }

    /// <returns>What is wrong with the blob; null when it was copied.</returns>
    private async Task<string?> TryCopyAsync(BlobInfo blob, Stream content, CancellationToken cancellationToken)
    {
        using var counted = new CountedStream(content, bytes => OnProgress?.Invoke(0, bytes));
        IngestResult result = await _ingester.IngestAsync(counted, blob.LengthBytes, blob.LengthBytes, blob.Digest, cancellationToken).ConfigureAwait(false);
        switch (result.Status)
        {
            case IngestStatus.Created:
                Interlocked.Increment(ref _copied);
                Interlocked.Add(ref _copiedBytes, blob.LengthBytes);
                break;
            case IngestStatus.AlreadyStored:
                break;
            case IngestStatus.DigestMismatch:
                return "its bytes have another digest";
            default:
                return "it has another length than it had";
        }

        OnProgress?.Invoke(1, 0);
        return null;
    }

    /// <summary>A stream that tells how much of it was read.</summary>
    private sealed class CountedStream(Stream content, Action<long> onRead) : ForwardStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            onRead(count);
            return count;
        }
    }
}

/// <summary>What one look at everything did.</summary>
/// <param name="Copied">How many blobs were copied.</param>
/// <param name="CopiedBytes">How long they are together.</param>
/// <param name="Removed">How many were removed from the target.</param>
/// <param name="Gone">How many were listed, and gone when they were to be copied.</param>
public readonly record struct ContentMoveOutcome(long Copied, long CopiedBytes, long Removed, long Gone);
