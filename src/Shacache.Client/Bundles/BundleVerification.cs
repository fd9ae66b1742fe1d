using System.Collections.Concurrent;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Client.Bundles;

/// <summary>Compares everything in a bundle with its digests, and judges its entries, before anything is imported.</summary>
internal sealed class BundleVerification(BundleFile bundle, EntryJudge judge, BundleImportOptions options)
{
    private readonly ContentState[] _contents = new ContentState[bundle.Index.Contents.Count];
    private readonly bool[] _accepted = new bool[bundle.Index.EntryCount];
    private readonly ConcurrentDictionary<int, string> _problems = [];
    private readonly ConcurrentDictionary<Digest, IndexedEntry> _documents = [];
    private readonly Lock _lock = new();
    private int _acceptedCount;
    private int _refusedCount;
    private int _expiredCount;
    private int _untrustedCount;

    public int AcceptedCount => _acceptedCount;

    public int RefusedCount => _refusedCount;

    public int ExpiredCount => _expiredCount;

    public int UntrustedCount => _untrustedCount;

    /// <summary>Verifies everything.</summary>
    public async Task RunAsync(IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var tally = new ProgressTally(progress, TransferStage.Verifying, bundle.Index.ContentBytes);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(options.Jobs, Environment.ProcessorCount), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(bundle.Index.Contents.InFileOrder(), parallel, (content, token) =>
        {
            VerifyContent(content, tally, token);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        await Parallel.ForEachAsync(bundle.Index.ReadEntries(), parallel, (entry, _) =>
        {
            VerifyEntry(entry);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        if (!_documents.IsEmpty)
            MarkDocuments();
    }

    /// <summary>The contents that the accepted entries name, in the order of the file.</summary>
    public IEnumerable<int> NeededContents() => bundle.Index.Contents.InFileOrder().Where(content => _contents[content] == ContentState.Needed);

    public bool IsAccepted(IndexedEntry entry) => _accepted[entry.Number];

    /// <summary>Why a content cannot be used; null when it can.</summary>
    public string? FindContentProblem(int content) => _problems.GetValueOrDefault(content);

    /// <summary>Marks a content that the server does not accept: its entries cannot be imported either.</summary>
    public void RefuseContent(int content, string problem)
    {
        _problems[content] = problem;
        _contents[content] = ContentState.Refused;
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="indexed">What the index says of it.</param>
    /// <param name="key">The key that it is listed under.</param>
    /// <param name="problem">Why it cannot be used; null when it can.</param>
    public SignedEntry? Read(IndexedEntry indexed, out EntryKey? key, out string? problem)
    {
        key = indexed.FindKey(out problem);
        if (key is null)
            return null;
        byte[] bytes;
        try
        {
            bytes = bundle.ReadBytes(indexed.Offset, indexed.LengthBytes);
        }
        catch (IOException e)
        {
            problem = $"the entry cannot be read from the file ({OneLine.Of(e)})";
            return null;
        }

        Digest digest = Digest.Compute(bytes);
        if (digest != indexed.Digest)
            problem = $"the entry is damaged: its {bytes.Length} bytes at {indexed.Offset} have the SHA-512 {digest}, but the index says {indexed.Digest}";
        else if (EntryDocument.TryParsePair(bytes, out SignedEntry? entry, out string? fault))
            return entry;
        else
            problem = $"the entry is malformed: {fault}";
        return null;
    }

    /// <summary>Reports an entry that is not imported.</summary>
    public void Refuse(IndexedEntry indexed, EntryKey? key, string reason)
    {
        lock (_lock)
        {
            _refusedCount++;
            options.OnRefused?.Invoke(new BundleRefusal(key?.Value ?? indexed.Name, bundle.Index.Contents.DigestOf(indexed.Content), reason));
        }
    }

    private void VerifyContent(int content, ProgressTally tally, CancellationToken cancellationToken)
    {
        IndexedContents contents = bundle.Index.Contents;
        long offset = contents.OffsetOf(content);
        try
        {
            Digest digest = bundle.HashOf(offset, contents.LengthOf(content), tally.Add, cancellationToken);
            if (digest == contents.DigestOf(content))
                _contents[content] = ContentState.Whole;
            else
                RefuseContent(content, $"the content is damaged: its {contents.LengthOf(content)} bytes at {offset} have the SHA-512 {digest}");
        }
        catch (IOException e)
        {
            RefuseContent(content, $"the content cannot be read from the file ({OneLine.Of(e)})");
        }
    }

    private void VerifyEntry(IndexedEntry indexed)
    {
        SignedEntry? entry = Read(indexed, out EntryKey? key, out string? problem);
        if (entry is not null && entry.Digest != bundle.Index.Contents.DigestOf(indexed.Content))
            problem = $"the entry names the content {entry.Digest}, but the index says another";
        problem ??= FindContentProblem(indexed.Content);
        SelectedEntry? verdict = problem is null ? judge.Judge(key, entry!) : null;
        if (entry is not null && problem is null && entry.IsExpired(judge.Now))
        {
            Interlocked.Increment(ref _expiredCount);
            return;
        }

        // Entries that no client can trust are refused; which signers to trust is decided by each client.
        if (verdict is { Verdict: EntryVerdict.Altered or EntryVerdict.OtherKey } || (options.OnlyTrustedEntries && verdict is { IsTrusted: false }))
            problem = $"the entry is not trusted: {verdict.Explanation}";
        if (problem is not null)
        {
            Refuse(indexed, key, problem);
            return;
        }

        if (!verdict!.IsTrusted)
            Interlocked.Increment(ref _untrustedCount);
        Interlocked.Increment(ref _acceptedCount);
        _accepted[indexed.Number] = true;
        _contents[indexed.Content] = ContentState.Needed;
        foreach (Digest document in EntryDocuments.Of(entry!))
            _documents.TryAdd(document, indexed);
    }

    /// <summary>The relocation maps and requirements that accepted entries name are contents of no entry of their own. A release without them is of use, so that its entry stays.</summary>
    private void MarkDocuments()
    {
        for (int content = 0; content < _contents.Length; content++)
        {
            if (!_documents.TryGetValue(bundle.Index.Contents.DigestOf(content), out IndexedEntry indexed))
                continue;
            if (_contents[content] == ContentState.Whole)
                _contents[content] = ContentState.Needed;
            else if (FindContentProblem(content) is { } problem)
                Refuse(indexed, indexed.FindKey(out _), $"the entry is imported, and its release cannot be moved, as {bundle.Index.Contents.DigestOf(content)} is not: {problem}");
        }
    }
}

/// <summary>What is known of a content in a bundle that is imported.</summary>
internal enum ContentState : byte
{
    Unknown,

    /// <summary>It is whole.</summary>
    Whole,

    /// <summary>It is whole, and an entry that may be imported names it.</summary>
    Needed,

    /// <summary>It cannot be used.</summary>
    Refused,
}
