using System.Diagnostics;

namespace Shacache.Benchmarks.Load;

/// <summary>One thread of the generator with its share of the connections.</summary>
internal sealed class LoadWorker(LoadPlan plan, int number)
{
    private const int BufferBytes = 256 * 1024;
    private const long LargeBodyBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan MaxDrain = TimeSpan.FromSeconds(5);

    /// <summary>Loads the server for a while.</summary>
    /// <exception cref="LoadException">An answer was wrong, or none came at all.</exception>
    public LoadResult Run(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var epoll = new Epoll();
        List<LoadConnection> connections = [];
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
        try
        {
            for (int tag = number; tag < plan.Connections; tag += plan.Threads)
                connections.Add(new LoadConnection(plan, epoll, tag));
            long start = Stopwatch.GetTimestamp();
            connections.ForEach(connection => connection.Begin());

            long requests = 0;
            TimeSpan elapsed;
            while ((elapsed = Stopwatch.GetElapsedTime(start)) < duration)
            {
                cancellationToken.ThrowIfCancellationRequested();
                requests += Step(epoll, connections, buffer, again: true);
            }

            long bodyBytes = connections.Sum(connection => connection.BodyBytes);
            if (bodyBytes == 0 && requests == 0)
                throw new LoadException($"no answer within {elapsed.TotalSeconds:0.0} s");
            Drain(epoll, connections, buffer);
            return new LoadResult(requests, bodyBytes, plan.BodyBytes > 0 ? bodyBytes / (double)plan.BodyBytes.Value : requests, elapsed);
        }
        finally
        {
            connections.ForEach(connection => connection.Close());
        }
    }

    private int Step(Epoll epoll, List<LoadConnection> connections, byte[] buffer, bool again)
    {
        int finished = 0;
        int events = epoll.Wait(timeoutMs: 20);
        for (int i = 0; i < events; i++)
        {
            LoadConnection connection = connections[epoll.Tag(i) / plan.Threads];
            if (!connection.Proceed(buffer))
                continue;
            finished++;
            if (again)
                connection.Begin();
        }

        return finished;
    }

    /// <summary>Lets what is under way finish, so that the next round does not overlap with it. Long answers are cut off instead.</summary>
    private void Drain(Epoll epoll, List<LoadConnection> connections, byte[] buffer)
    {
        long start = Stopwatch.GetTimestamp();
        while (plan.BodyBytes is null or < LargeBodyBytes && !connections.TrueForAll(connection => connection.IsIdle))
        {
            Step(epoll, connections, buffer, again: false);
            if (Stopwatch.GetElapsedTime(start) > MaxDrain)
                throw new LoadException($"an answer is still missing {MaxDrain.TotalSeconds} s after the end");
        }
    }
}
