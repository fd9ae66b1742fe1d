using System.Globalization;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;
using Shacache.Posix;

namespace Shacache.Client.Archives.Tar;

/// <summary>An entry that was read, with all that extended headers said about it.</summary>
internal sealed record TarEntry
{
    /// <summary>Its type flag.</summary>
    public required byte Kind { get; init; }

    /// <summary>Its path, as it is in the archive.</summary>
    public required byte[] Name { get; init; }

    /// <summary>What a link points to.</summary>
    public required byte[] LinkName { get; init; }

    /// <summary>The lower twelve bits of the mode.</summary>
    public required uint Permissions { get; init; }

    /// <summary>Name of the user who owns it; empty when the archive has none.</summary>
    public required byte[] UserName { get; init; }

    /// <summary>Name of the group that owns it; empty when the archive has none.</summary>
    public required byte[] GroupName { get; init; }

    /// <summary>Its extended attributes; null for none.</summary>
    public IReadOnlyList<ExtendedAttribute>? Attributes { get; init; }

    /// <summary>Modification time.</summary>
    public required TimeSpec Modified { get; init; }

    /// <summary>Length of the file, with its holes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Where a sparse file has its data, in the order in which it is stored; null for a plain file.</summary>
    public IReadOnlyList<SparseExtent>? Extents { get; init; }

    /// <summary>Its path, for messages.</summary>
    public string DisplayName => FileName.ToDisplay(Name);
}

/// <summary>A part of a sparse file that holds data.</summary>
/// <param name="OffsetBytes">Where it begins.</param>
/// <param name="LengthBytes">Its length.</param>
internal readonly record struct SparseExtent(long OffsetBytes, long LengthBytes)
{
    /// <summary>Reads a number of a sparse map.</summary>
    /// <exception cref="ArchiveException">It is malformed.</exception>
    public static long ParseNumber(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new ArchiveException("A sparse map of the archive is malformed.");
}
