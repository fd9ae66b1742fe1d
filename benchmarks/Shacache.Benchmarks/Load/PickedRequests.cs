namespace Shacache.Benchmarks.Load;

/// <summary>GET of names picked at random, equally often; with one name, always that.</summary>
internal sealed class PickedRequests(byte[][] requests, int seed) : IRequestSource
{
    private uint _state = (uint)(seed * 2_654_435_769L) | 1;

    public ReadOnlyMemory<byte> Next()
    {
        if (requests.Length == 1)
            return requests[0];
        // xorshift32: the generator must cost next to nothing.
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return requests[(int)(_state * (ulong)requests.Length >> 32)];
    }
}
