namespace Shacache.Core.Stores;

/// <summary>What a node serves from its own disk alone, without any other machine.</summary>
public interface ILocalContent
{
    /// <summary>Looks, cheaply, whether it can be read.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken);
}

/// <summary>Of a node that depends on no other machine: <c>/healthz</c> says what is wrong with it.</summary>
public sealed class NoLocalContent : ILocalContent
{
    /// <inheritdoc/>
    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => new((string?)null);
}
