namespace Shacache.Client.Bundles;

/// <summary>A stretch of a bundle that is being written, reserved for one member: its tar header, its content, and what fills the last block.</summary>
/// <param name="Header">The bytes of its header.</param>
/// <param name="HeaderOffset">Where they go.</param>
/// <param name="LengthBytes">Length of the content.</param>
internal sealed record BundleRegion(ReadOnlyMemory<byte> Header, long HeaderOffset, long LengthBytes)
{
    /// <summary>Where the content begins.</summary>
    public long Offset => HeaderOffset + Header.Length;
}
