namespace Shacache.Http.Pages.Overview;

/// <summary>Something that takes a while to find out, found out once in a while for all visitors.</summary>
internal sealed class Remembered<T>(TimeProvider time, Func<CancellationToken, ValueTask<T>> find)
    where T : class
{
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<T>? _finding;
    private long _since;

    /// <param name="cancellationToken">Ends the wait. What is found out is for the others, too.</param>
    public Task<T> FindAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_finding is null || _finding.IsFaulted || (_finding.IsCompleted && time.GetElapsedTime(_since) >= Validity))
            {
                _since = time.GetTimestamp();
                _finding = find(CancellationToken.None).AsTask();
            }

            return _finding.WaitAsync(cancellationToken);
        }
    }
}
