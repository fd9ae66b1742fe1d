using Shacache.Benchmarks.Load;

namespace Shacache.Benchmarks.Nodes;

/// <summary>PUT of one body to the gateway itself, under another key each time.</summary>
internal sealed class DirectPuts(Presigner presigner, byte[] body) : IRequestSource
{
    private static long _keys;

    public ReadOnlyMemory<byte> Next() =>
        (byte[])[.. presigner.PutHead($"direct/{StampedRequests.Stamp(Interlocked.Increment(ref _keys))}", body.Length), .. body];
}
