using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Core.Transfers;
using Shacache.Http.Answers;
using Shacache.Http.Content;
using Shacache.Http.Logging;
using Shacache.Http.Metrics.Recording;

namespace Shacache.Http.Upstreams.Content;

/// <summary>The objects on their way from the upstreams: one transfer for each digest, however many clients ask for it.</summary>
internal sealed class ContentTransfers(
    UpstreamSet upstreams, IBlobStore blobs, BlockList blocks, ContentOptions content, ProximityOptions options, UpstreamMetrics metrics, TimeProvider time, ILogger<ContentTransfers> logger)
    : IAsyncDisposable
{
    /// <summary>How long after the disk was full in the middle of an object no other is begun to be kept.</summary>
    private static readonly TimeSpan FullDiskTtl = TimeSpan.FromSeconds(10);

    private readonly RunningTransfers<Digest, ContentTransfer> _running = new(options.MaxTransfers);
    private readonly RecentMisses<Digest> _misses = new(options.NegativeTtl, time);
    private readonly BadCopies _badCopies = new(time);
    private readonly RecentMisses<string> _fullDisk = new(FullDiskTtl, time);

    /// <summary>Whether no upstream had it a moment ago.</summary>
    public bool IsKnownMissing(Digest digest) => _misses.Contains(digest);

    public void NoteMissing(Digest digest) => _misses.Add(digest);

    /// <summary>Joins the transfer of an object, which begins unless it is under way.</summary>
    /// <returns>The transfer, to be left; null when there are too many others.</returns>
    public ContentTransfer? Join(Digest digest, string via, out bool isNew) => Join(digest, via, isPromised: false, out isNew);

    /// <summary>Asks the upstreams that may have an object.</summary>
    /// <returns>The object as it comes, to be disposed; or null and why not.</returns>
    public async Task<(ContentSource? Source, UpstreamVerdict Verdict)> AskAsync(Digest digest, string via, CancellationToken cancellationToken)
    {
        Upstream[] candidates =
            [.. upstreams.Rank().Where(upstream => !_badCopies.IsLeftAlone(upstream, digest)).OrderBy(upstream => _badCopies.IsKnown(upstream, digest))];
        var request = new UpstreamRequest(HttpMethod.Get, UpstreamSurface.Cache, digest.ToString(), via);
        UpstreamVerdict verdict = await upstreams.AskAsync(request, candidates, cancellationToken);
        return verdict is UpstreamVerdict.Found { Answer: var answer }
            ? (new ContentSource(upstreams, candidates, request, answer, metrics, time), verdict)
            : (null, verdict);
    }

    /// <summary>Breaks off what is still running, and waits until nothing is.</summary>
    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private ContentTransfer? Join(Digest digest, string via, bool isPromised, out bool isNew) => _running.Join(
        digest, () => new ContentTransfer(isPromised, options.AbandonDelay, time), transfer => RunAsync(digest, via, transfer), out isNew);

    private async Task RunAsync(Digest digest, string via, ContentTransfer transfer)
    {
        ContentAnswer outcome;
        Exception? failure = null;
        using Activity? span = Traces.Fill("upstream", digest.ToString());
        try
        {
            outcome = await TransferAsync(digest, via, transfer, _running.Stopping);
            if (outcome is ContentAnswer.Failed failed)
                failure = new InvalidDataException(failed.Problem.Line);
        }
        catch (Exception e)
        {
            // The boundary of a transfer: whatever happened, those who wait must be told.
            failure = e;
            outcome = Explain(digest, transfer, e);
        }

        span?.SetTag("shacache.bytes", transfer.AvailableBytes);
        if (failure is not null)
            span.Fail(failure.Message);
        _running.Remove(digest);
        transfer.End(outcome, failure);
        transfer.Leave();

        // Clients that were cut off come back for it: it is tried elsewhere meanwhile.
        if (outcome is ContentAnswer.Failed { TryAgain: true } && failure is InvalidDataException)
            Join(digest, via, isPromised: true, out _)?.Leave();
    }

    private ContentAnswer Explain(Digest digest, ContentTransfer transfer, Exception exception)
    {
        switch (exception)
        {
            case UpstreamException e:
                Log.FillFailed(logger, digest, e.Message, e.InnerException?.GetBaseException().Message.ReplaceLineEndings(" ") ?? "as it answered");
                return new ContentAnswer.Failed(UpstreamProblems.From(e));
            case AbandonedException:
                Log.FillAbandoned(logger, digest);
                return new ContentAnswer.Failed(UpstreamProblems.NobodyStays, TryAgain: true);
            case OperationCanceledException:
                return new ContentAnswer.Failed(UpstreamProblems.Stopping);
            case SpoolException e:
                Log.FillHasNoRoom(logger, digest, e.GetBaseException().Message);

                // An object that is too large to begin with says nothing about others.
                if (transfer.AvailableBytes > 0)
                    _fullDisk.Add("");
                return new ContentAnswer.NoRoom();
            default:
                string traceId = Guid.NewGuid().ToString("N");
                Log.FillBroke(logger, digest, traceId, exception);
                return new ContentAnswer.Failed(ErrorMapping.FromException(exception, traceId));
        }
    }

    private async Task<ContentAnswer> TransferAsync(Digest digest, string via, ContentTransfer transfer, CancellationToken cancellationToken)
    {
        if (blocks.Contains(digest))
            return new ContentAnswer.Missing();

        // The client looked before it came here; another transfer may have ended in between.
        await using (IBlob? stored = await blobs.OpenAsync(digest, cancellationToken))
        {
            if (stored is not null)
                return new ContentAnswer.Stored();
        }

        long askedAt = time.GetTimestamp();
        (ContentSource? source, UpstreamVerdict verdict) = await AskAsync(digest, via, cancellationToken);
        if (source is null)
        {
            if (verdict is UpstreamVerdict.Failed { Failure: var failure })
                throw failure;
            if (upstreams.All.Any(upstream => _badCopies.IsLeftAlone(upstream, digest)))
                return new ContentAnswer.Failed(UpstreamProblems.Corrupt(digest));
            _misses.Add(digest);
            return new ContentAnswer.Missing();
        }

        await using (source)
        {
            try
            {
                return await ReceiveAsync(digest, transfer, source, askedAt, cancellationToken);
            }
            catch (UpstreamException) when (source.IsLengthDisputed)
            {
                // It broke off, and who could go on says that it has another length.
                return await RejectAsync(digest, source, cancellationToken);
            }
        }
    }

    private async Task<ContentAnswer> ReceiveAsync(Digest digest, ContentTransfer transfer, ContentSource source, long askedAt, CancellationToken cancellationToken)
    {
        if (source.LengthBytes > content.MaxBlobBytes)
            return RejectLength(digest, source);
        if (_fullDisk.Contains(""))
            return new ContentAnswer.NoRoom();

        // Room for both copies, this one and the store's: who runs out of it in the middle cuts clients off.
        var spool = SpoolFile.Create(options.SpoolFolder, 2 * source.LengthBytes);
        transfer.Begin(spool, new ContentAnswer.Coming(source.LengthBytes, source.First.Name));
        await using var stream = new TransferredStream(source, transfer);
        IngestResult result;
        try
        {
            result = await new BlobIngester(new VerifiedNotice(blobs, transfer))
                .IngestAsync(stream, source.LengthBytes, content.MaxBlobBytes, digest, cancellationToken);
        }
        catch (ContentBlockedException)
        {
            // Blocked while it came: what was held back stays so.
            return new ContentAnswer.Failed(ContentProblems.Unknown(digest));
        }
        catch (BlobStoreException e) when (e is not SpoolException)
        {
            Log.FillNotStored(logger, digest, e.Message);
            return await FinishUnstoredAsync(digest, transfer, stream, cancellationToken) ? new ContentAnswer.Stored() : await RejectAsync(digest, source, cancellationToken);
        }

        switch (result.Status)
        {
            case IngestStatus.Created or IngestStatus.AlreadyStored:
                if (result.Status == IngestStatus.Created)
                    blobs.Uses.NoteOrigin(digest, CacheKind.Proximity, time.GetElapsedTime(askedAt));
                Log.Filled(logger, digest, result.LengthBytes, source.First.Name);
                return new ContentAnswer.Stored();
            case IngestStatus.TooLarge:
                return RejectLength(digest, source);
            default:
                return await RejectAsync(digest, source, cancellationToken);
        }
    }

    /// <summary>Nothing can be stored; those who follow get the object nevertheless, once it is verified.</summary>
    /// <returns>Whether the digest is right.</returns>
    private static async Task<bool> FinishUnstoredAsync(Digest digest, ContentTransfer transfer, TransferredStream rest, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        long hashedBytes = 0;
        while (true)
        {
            while (hashedBytes < transfer.AvailableBytes)
            {
                int count = transfer.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, transfer.AvailableBytes - hashedBytes)), hashedBytes);
                hash.AppendData(buffer, 0, count);
                hashedBytes += count;
            }

            if (await rest.ReadAsync(buffer, cancellationToken) == 0)
                break;
        }

        if (new Digest(hash.GetHashAndReset()) != digest)
            return false;
        transfer.NoteVerified();
        return true;
    }

    /// <summary>Whether it is as long as that, only the digest could tell: another upstream may have the right one.</summary>
    private ContentAnswer.Failed RejectLength(Digest digest, ContentSource source)
    {
        _badCopies.Add(source.First, digest);
        return new ContentAnswer.Failed(UpstreamProblems.TooLarge(source.First, content.MaxBlobBytes), TryAgain: HasUntried(digest));
    }

    /// <summary>Whether there is an upstream left that did not send it wrong: without that, trying again by itself would never end.</summary>
    private bool HasUntried(Digest digest) => upstreams.All.Any(upstream => !_badCopies.IsKnown(upstream, digest));

    private async Task<ContentAnswer> RejectAsync(Digest digest, ContentSource source, CancellationToken cancellationToken)
    {
        // When several sent parts of it, the one that began and broke off is the likelier culprit; if it was another, it is found next.
        Log.BadCopy(logger, source.First.Name, digest);
        _badCopies.Add(source.First, digest);
        await source.First.NoteFailureAsync(UpstreamTrouble.Corrupt, UpstreamProblems.Corrupt(digest).Line, cancellationToken);
        return new ContentAnswer.Failed(UpstreamProblems.Corrupt(digest), TryAgain: HasUntried(digest));
    }
}
