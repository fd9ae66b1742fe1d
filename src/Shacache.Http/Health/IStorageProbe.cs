namespace Shacache.Http.Health;

/// <summary>Tells whether what a backend stands upon works, such as whether a folder is writable.</summary>
public interface IStorageProbe
{
    /// <summary>Looks, cheaply: it is asked up to once a second.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken);
}
