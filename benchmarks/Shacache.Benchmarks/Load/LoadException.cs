namespace Shacache.Benchmarks.Load;

/// <summary>A server answered wrongly or not at all; a measurement with such answers is worth nothing.</summary>
internal sealed class LoadException(string message) : Exception(message);
