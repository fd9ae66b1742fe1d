namespace Shacache.Client.Archives.Tar;

/// <summary>Where the fields of a header block are (POSIX ustar; GNU shares all but the prefix).</summary>
internal static class TarField
{
    public const int BlockBytes = 512;
    public static readonly Range Name = 0..100;
    public static readonly Range Mode = 100..108;
    public static readonly Range UserId = 108..116;
    public static readonly Range GroupId = 116..124;
    public static readonly Range Size = 124..136;
    public static readonly Range ModificationTime = 136..148;
    public static readonly Range Checksum = 148..156;
    public const int Kind = 156;
    public static readonly Range LinkName = 157..257;
    public static readonly Range Magic = 257..265;
    public static readonly Range UserName = 265..297;
    public static readonly Range GroupName = 297..329;
    public static readonly Range Prefix = 345..500;

    /// <summary>Rounds a length up to whole blocks.</summary>
    public static long RoundUp(long bytes) => (bytes + BlockBytes - 1) / BlockBytes * BlockBytes;
}
