using System.Runtime.InteropServices;

namespace Shacache.Client.Archives.Posix;

/// <summary>The answer of statx(2), whose layout is the same on every processor, unlike stat's.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct StatusBuffer
{
    [FieldOffset(16)]
    public readonly uint LinkCount;

    [FieldOffset(20)]
    public readonly uint UserId;

    [FieldOffset(24)]
    public readonly uint GroupId;

    [FieldOffset(28)]
    public readonly ushort Mode;

    [FieldOffset(32)]
    public readonly ulong Inode;

    [FieldOffset(40)]
    public readonly ulong SizeBytes;

    [FieldOffset(48)]
    public readonly ulong Blocks;

    [FieldOffset(112)]
    public readonly long ModificationSeconds;

    [FieldOffset(120)]
    public readonly uint ModificationNanoseconds;

    [FieldOffset(136)]
    public readonly uint DeviceMajor;

    [FieldOffset(140)]
    public readonly uint DeviceMinor;
}
