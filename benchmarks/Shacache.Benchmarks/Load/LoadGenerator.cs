namespace Shacache.Benchmarks.Load;

/// <summary>Loads a server from a few threads of this process.</summary>
internal static class LoadGenerator
{
    /// <exception cref="LoadException">An answer was wrong, or none came.</exception>
    public static LoadResult Run(LoadPlan plan, TimeSpan duration, CancellationToken cancellationToken)
    {
        var results = new LoadResult[plan.Threads];
        var failures = new Exception?[plan.Threads];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Thread[] threads = [.. Enumerable.Range(0, plan.Threads).Select(number => new Thread(() =>
        {
            try
            {
                results[number] = new LoadWorker(plan, number).Run(duration, stop.Token);
            }
            catch (Exception e)
            {
                failures[number] = e;
                stop.Cancel();
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        cancellationToken.ThrowIfCancellationRequested();
        Exception? failure = failures.FirstOrDefault(e => e is LoadException) ?? failures.FirstOrDefault(e => e is not null);
        if (failure is not null)
            throw failure is LoadException ? new LoadException(failure.Message) : new InvalidOperationException("The load generator failed.", failure);
        return LoadResult.Sum(results);
    }
}
