namespace Shacache.Benchmarks.Load;

/// <summary>The requests of one connection, in prebuilt bytes.</summary>
internal interface IRequestSource
{
    /// <summary>The next request, head and body; valid until the next call.</summary>
    ReadOnlyMemory<byte> Next();
}
