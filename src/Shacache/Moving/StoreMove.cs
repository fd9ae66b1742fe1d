using Shacache.Core.Blobs;
using Shacache.Core.Stores;

namespace Shacache.Cli.Moving;

/// <summary>Copies the stores of a server while it may run: looks at everything again and again, until there is nothing to do.</summary>
/// <remarks>
/// What is there already is found and left alone, so that it can be stopped at any time, killed, and run again. When an engine goes away in the middle it is waited for, and the
/// copy goes on.
/// </remarks>
/// <param name="open">Opens the stores; told whether that was done before, so that a lease may still be held by what went before.</param>
/// <param name="parallelism">How many objects are under way at once.</param>
/// <param name="tally">Shows how far it has come.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreMove(Func<bool, CancellationToken, Task<MoveEnds>> open, int parallelism, MoveTally tally, TimeProvider time)
{
    /// <summary>So often a source that goes on changing is looked at.</summary>
    public const int MaxPasses = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly EnginePatience _patience = new(time);
    private MoveEnds? _ends;
    private MoveRun? _run;
    private bool _isWaiting;

    /// <summary>Told of each look at everything when it has ended.</summary>
    public Action<MovePassDocument>? OnPass { get; init; }

    /// <summary>Told, in a line, that an engine is waited for, and that the copy goes on.</summary>
    public Action<string>? OnTrouble { get; init; }

    /// <exception cref="BlobStoreException">A store failed.</exception>
    /// <exception cref="Core.Entries.EntryStoreException">A database failed.</exception>
    public async Task<MoveReportDocument> RunAsync(CancellationToken cancellationToken)
    {
        // What fails at the beginning may be named wrongly.
        _ends = await open(false, cancellationToken);
        (string source, string target) = (_ends.Source, _ends.Target);
        try
        {
            List<MovePassDocument> passes = await RunPassesAsync(cancellationToken);
            IReadOnlyDictionary<string, string> damaged = _run!.Damaged;
            return new MoveReportDocument(source, target, passes, passes[^1].IsQuiet && damaged.Count == 0, damaged);
        }
        finally
        {
            await CloseAsync();
        }
    }

    private async Task<List<MovePassDocument>> RunPassesAsync(CancellationToken cancellationToken)
    {
        List<MovePassDocument> passes = [];
        var pass = new MovePass(1);
        while (true)
        {
            long done = pass.Done;
            try
            {
                await OpenAsync(cancellationToken);
                if (passes.Count == 0 || (!passes[^1].IsQuiet && passes.Count < MaxPasses))
                {
                    await _run!.RunAsync(pass, cancellationToken);
                    passes.Add(pass.ToDocument());
                    OnPass?.Invoke(passes[^1]);
                    pass = new MovePass(passes.Count + 1);
                    continue;
                }

                await _ends!.EndAsync(cancellationToken);
                return passes;
            }
            catch (Exception e) when (StoreFailure.IsAway(e))
            {
                if (!_patience.MayWait(hasProgressed: pass.Done > done))
                    throw new BlobStoreException($"{e.Message} It was waited for {EnginePatience.Limit.TotalMinutes} minutes. Run this again: it goes on where it was.", e);
                if (!_isWaiting)
                    OnTrouble?.Invoke($"{e.Message} It is waited for, {EnginePatience.Limit.TotalMinutes} minutes at most.");
                _isWaiting = true;
                await CloseAsync();
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_run is not null)
            return;
        _ends ??= await open(true, cancellationToken);
        _run = new MoveRun(_ends, parallelism, tally);
        _patience.NoteResumed();
        if (_isWaiting)
            OnTrouble?.Invoke("It answers again; the copy goes on.");
        _isWaiting = false;
    }

    private async Task CloseAsync()
    {
        if (_ends is not null)
            await _ends.DisposeAsync();
        (_ends, _run) = (null, null);
    }
}
