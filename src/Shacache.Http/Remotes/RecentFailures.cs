using System.Diagnostics.CodeAnalysis;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Remotes;

/// <summary>What origins failed at lately: they are not asked for the same again for some seconds.</summary>
internal sealed class RecentFailures(TimeProvider time)
{
    private const int MaxCount = 10_000;

    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (GatewayException Failure, long At)> _failures = new(StringComparer.Ordinal);

    public void Note(string name, GatewayException failure)
    {
        lock (_gate)
        {
            // Clients that ask for ever new names cannot fill the memory.
            if (_failures.Count >= MaxCount)
                _failures.Clear();
            _failures[name] = (failure, time.GetTimestamp());
        }
    }

    public bool TryFind(string name, [NotNullWhen(true)] out GatewayException? failure)
    {
        lock (_gate)
        {
            failure = null;
            if (!_failures.TryGetValue(name, out (GatewayException Failure, long At) found))
                return false;
            if (time.GetElapsedTime(found.At) < Memory)
                failure = found.Failure;
            else
                _failures.Remove(name);
            return failure is not null;
        }
    }
}
