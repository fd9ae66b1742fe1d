using System.Runtime.InteropServices;

namespace Shacache.Core.Blobs;

/// <summary>What the index is to learn of one blob: all that was noted of it since the last flush, put together.</summary>
/// <param name="Drop">A row that exists is to go.</param>
/// <param name="Keep">A row is to exist afterwards.</param>
/// <param name="LengthBytes">Length of the blob, when it is kept.</param>
/// <param name="SinceMs">When it was first noted, in milliseconds since 1970.</param>
/// <param name="LastMs">When it was last noted.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlobNote(bool Drop, bool Keep, long LengthBytes, long SinceMs, long LastMs)
{
    /// <summary>It was read or stored, and is there.</summary>
    public static BlobNote Read(long lengthBytes, long nowMs) => new(Drop: false, Keep: true, lengthBytes, nowMs, nowMs);

    /// <summary>It is gone.</summary>
    public static BlobNote Deleted { get; } = new(Drop: true, Keep: false, 0, 0, 0);

    /// <summary>A reader that opened a blob before its deletion does not bring it back.</summary>
    public BlobNote ThenRead(long lengthBytes, long nowMs) => Drop && !Keep ? this : ThenStored(lengthBytes, nowMs);

    /// <summary>It was stored after that.</summary>
    public BlobNote ThenStored(long lengthBytes, long nowMs) =>
        Keep ? this with { LengthBytes = lengthBytes, LastMs = nowMs } : new BlobNote(Drop, Keep: true, lengthBytes, nowMs, nowMs);

    /// <summary>Both together, this one being the older.</summary>
    public BlobNote Then(BlobNote newer) =>
        newer.Drop || !Keep ? newer with { Drop = Drop || newer.Drop } : this with { LengthBytes = newer.LengthBytes, LastMs = newer.LastMs };
}
