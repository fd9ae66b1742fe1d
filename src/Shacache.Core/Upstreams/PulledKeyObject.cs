namespace Shacache.Core.Upstreams;

/// <summary>An object that an entry points to.</summary>
/// <param name="Sha512">Its digest.</param>
/// <param name="IsHere">Whether the server has it.</param>
public sealed record PulledKeyObject(string Sha512, bool IsHere);
