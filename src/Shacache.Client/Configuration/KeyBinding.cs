namespace Shacache.Client.Configuration;

/// <summary>What an entry must say about the key that it is listed under: option <c>key-binding</c> (docs/protocol.md, "Trust").</summary>
public enum KeyBinding
{
    /// <summary>An entry that provably belongs under another key is refused; one that says nothing about it is accepted, as old entries do.</summary>
    Provable,

    /// <summary>An entry must prove that it belongs under its key.</summary>
    Strict,
}
