namespace Shacache.Client.Archives.Tar;

/// <summary>The type flags of tar headers that are understood (POSIX pax, GNU tar manual).</summary>
internal static class TarKind
{
    public const byte OldRegular = 0;
    public const byte Regular = (byte)'0';
    public const byte HardLink = (byte)'1';
    public const byte SymbolicLink = (byte)'2';
    public const byte CharacterDevice = (byte)'3';
    public const byte BlockDevice = (byte)'4';
    public const byte Folder = (byte)'5';
    public const byte Fifo = (byte)'6';
    public const byte Contiguous = (byte)'7';
    public const byte PaxGlobal = (byte)'g';
    public const byte Pax = (byte)'x';
    public const byte GnuLongName = (byte)'L';
    public const byte GnuLongLink = (byte)'K';
    public const byte GnuSparse = (byte)'S';
    public const byte GnuVolumeName = (byte)'V';
}
