namespace Shacache.Cli.Running;

/// <summary>Answers of an <see cref="OriginSite"/> that stop in the midst until they are released.</summary>
internal sealed class OriginHold(long afterBytes)
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _stopped = new(0);

    /// <summary>Waits until so many answers, more than before, have stopped.</summary>
    public async Task WaitAsync(int answers)
    {
        for (int i = 0; i < answers; i++)
            Assert.True(await _stopped.WaitAsync(TimeSpan.FromSeconds(30)), $"Only {i} of {answers} answers came so far.");
    }

    /// <summary>All of them go on, and later ones do not stop.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Stops an answer at its place.</summary>
    internal async Task PassAsync(long sentBytes, CancellationToken cancellationToken)
    {
        if (sentBytes < afterBytes || _released.Task.IsCompleted)
            return;
        _stopped.Release();
        await _released.Task.WaitAsync(cancellationToken);
    }
}
