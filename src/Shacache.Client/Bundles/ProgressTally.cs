using Shacache.Client.Transfers;

namespace Shacache.Client.Bundles;

/// <summary>Sums the progress of several transfers, and reports it one call at a time.</summary>
internal sealed class ProgressTally(IProgress<TransferProgress>? progress, TransferStage stage, long? totalBytes)
{
    private readonly Lock _lock = new();
    private long _doneBytes;

    /// <summary>So many more bytes are done; negative when a transfer starts over.</summary>
    public void Add(int bytes) => Add((long)bytes);

    /// <inheritdoc cref="Add(int)"/>
    public void Add(long bytes)
    {
        if (progress is null)
            return;
        lock (_lock)
        {
            _doneBytes += bytes;
            progress.Report(new TransferProgress(stage, _doneBytes, totalBytes));
        }
    }

    /// <summary>The progress of one transfer, as a part of the whole.</summary>
    public IProgress<TransferProgress> Part() => new PartOf(this);

    private sealed class PartOf(ProgressTally whole) : IProgress<TransferProgress>
    {
        private long _doneBytes;

        public void Report(TransferProgress value)
        {
            whole.Add(value.DoneBytes - _doneBytes);
            _doneBytes = value.DoneBytes;
        }
    }
}
