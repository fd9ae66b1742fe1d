using Shacache.Core;

namespace Shacache.Testing;

/// <summary>What the contract of a database and those of its stores have in common. A backend inherits the contracts and says which database they are tried on.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    /// <summary>The clock of the database.</summary>
    protected ManualTimeProvider Time { get; } = new();

    /// <summary>The database under test, empty at the beginning of each test.</summary>
    protected IDatabase Database => Backend.Database;

    protected abstract TestDatabase Backend { get; }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => Backend.OpenAsync(Time);

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await Backend.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the database in good order and opens it again on the same data.</summary>
    protected async ValueTask ReopenAsync()
    {
        await Backend.CloseAsync();
        await Backend.OpenAsync(Time);
    }

    /// <summary>Ends what a test has begun on the database.</summary>
    protected virtual Task EndAsync() => Task.CompletedTask;
}

/// <summary>A database of a backend with data of its own, for one test.</summary>
public abstract class TestDatabase : IAsyncDisposable
{
    /// <summary>The open database.</summary>
    public abstract IDatabase Database { get; }

    /// <summary>Opens it: empty the first time, then on the same data.</summary>
    public abstract ValueTask OpenAsync(TimeProvider time);

    public abstract ValueTask CloseAsync();

    /// <summary>Closes it and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Remove();
        GC.SuppressFinalize(this);
    }

    protected abstract void Remove();
}
