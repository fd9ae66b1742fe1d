namespace Shacache.Cli;

/// <summary>Sets the thread pool up for commands, whose stages of work wait for one another, for the network and for the disk.</summary>
/// <remarks>
/// On two processors the pool would begin with two threads, and the stages of an installation would take turns. Its threads look for work a while
/// before they sleep, and what arrives meanwhile waits for one that gave up the processor: on a busy machine that
/// took half of the time. A server with many small requests gains by it (benchmarks/README.md), so only commands do without.
/// </remarks>
internal static class CommandThreads
{
    /// <summary>Receiving, hashing, inflating, creating files, filling them, and some to spare.</summary>
    private const int MinThreads = 8;

    /// <summary>To be called before anything runs on the pool.</summary>
    public static void Prepare()
    {
        AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, MinThreads), completions);
    }
}
