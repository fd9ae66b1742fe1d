using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Bundles;

/// <summary>Where things are in a bundle, and how large they may be (docs/bundle-format.md).</summary>
internal static class BundleLayout
{
    /// <summary>Length of a seal.</summary>
    public const int SealBytes = 4096;

    /// <summary>Where the first seal begins: behind its tar header.</summary>
    public const int FirstSealOffset = TarField.BlockBytes;

    /// <summary>Two blocks of zeros end a tar.</summary>
    public const int EndBytes = 2 * TarField.BlockBytes;

    /// <summary>The longest index that is read.</summary>
    public const long MaxIndexBytes = 8L * 1024 * 1024 * 1024;

    /// <summary>The most contents; each takes some 90 bytes of memory when the bundle is read.</summary>
    public const int MaxContents = 16 * 1024 * 1024;

    /// <summary>The most entries; each takes a byte or two of memory when the bundle is read.</summary>
    public const int MaxEntries = 64 * 1024 * 1024;

    /// <summary>The longest entry, as a JSON array of two texts. Servers accept 1 MiB by default.</summary>
    public const int MaxEntryBytes = 16 * 1024 * 1024;

    /// <summary>The longest line of an index: a key may have 1,024 bytes, each written as three characters.</summary>
    public const int MaxLineBytes = 4096;

    /// <summary>Where the last seal begins in a file of a length.</summary>
    public static long LastSealOffset(long lengthBytes) => lengthBytes - EndBytes - SealBytes;
}
