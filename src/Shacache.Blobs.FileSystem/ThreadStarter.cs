namespace Shacache.Blobs.FileSystem;

/// <summary>Starts threads as far as the system lets it: there is a limit to them, to memory, and to the descriptors that each takes.</summary>
internal class ThreadStarter
{
    /// <summary>What these threads do needs little.</summary>
    private const int StackBytes = 256 * 1024;

    /// <summary>Starts a thread that does not keep the process alive.</summary>
    /// <returns>Null: there is none to be had now. The work was not begun; the next try may do better.</returns>
    public virtual Thread? TryStart(string name, ThreadStart work)
    {
        try
        {
            var thread = new Thread(work, StackBytes) { IsBackground = true, Name = name };
            thread.Start();
            return thread;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return null;
        }
    }
}
