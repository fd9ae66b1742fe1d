namespace Shacache.Database.Sqlite.Engine;

/// <summary>A change that waits for the writer. It may run more than once, each time in a new transaction, until one commits.</summary>
internal abstract class WriteJob
{
    /// <summary>Makes the change, inside the writer's transaction.</summary>
    public abstract void Execute(Connection connection);

    /// <summary>Releases the caller: the change is committed.</summary>
    public abstract void Complete();

    /// <summary>Releases the caller: the change is not made.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Releases the caller if it gave up. After false the change is made.</summary>
    public abstract bool TryCancel();
}

/// <summary>A change with a result.</summary>
internal sealed class WriteJob<T>(Func<Connection, T> change, CancellationToken cancellationToken) : WriteJob
{
    // The caller continues on another thread: the writer's is for the next batch.
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    /// <summary>Ends when the change is durable, or has failed.</summary>
    public Task<T> Done => _done.Task;

    public override void Execute(Connection connection) => _result = change(connection);

    public override void Complete() => _done.SetResult(_result);

    public override void Fail(Exception exception) => _done.SetException(exception);

    public override bool TryCancel()
    {
        if (!cancellationToken.IsCancellationRequested)
            return false;
        _done.SetCanceled(cancellationToken);
        return true;
    }
}
