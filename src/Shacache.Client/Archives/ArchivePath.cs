using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives;

/// <summary>Paths as archives have them: bytes, slashes between the names.</summary>
internal static class ArchivePath
{
    /// <summary>The names of a path, each with a NUL; empty ones are left out, dots are not.</summary>
    public static List<byte[]> Split(ReadOnlySpan<byte> path)
    {
        var names = new List<byte[]>();
        foreach (Range range in path.Split((byte)'/'))
        {
            if (!path[range].IsEmpty)
                names.Add(FileName.WithNul(path[range]));
        }

        return names;
    }

    /// <summary>The path of names that each end with a NUL.</summary>
    public static byte[] Join(ReadOnlySpan<byte[]> names)
    {
        var path = new List<byte>();
        foreach (byte[] name in names)
        {
            if (path.Count > 0)
                path.Add((byte)'/');
            path.AddRange(name.AsSpan(0, name.Length - 1));
        }

        return [.. path];
    }

    /// <summary>The names of a path below the top folder, each with a NUL.</summary>
    /// <param name="path">The path as it is in the archive.</param>
    /// <param name="topFolder">The only folder in which anything may be.</param>
    /// <returns>Null for the folder above the top folder, <c>./</c>, which some writers mention.</returns>
    /// <exception cref="ArchiveException">The path leads elsewhere.</exception>
    public static byte[][]? SplitBelow(byte[] path, ReadOnlySpan<byte> topFolder)
    {
        if (path.Length == 0)
            throw new ArchiveException("The archive has an entry without a name.");
        if (path[0] == '/')
            throw Refuse(path, "is absolute");
        if (path.Length > TreeWriter.MaxPathBytes)
            throw Refuse(path, $"is longer than {TreeWriter.MaxPathBytes} bytes");
        if (path.Contains((byte)0))
            throw Refuse(path, "holds a NUL");
        List<byte[]> names = Split(path);
        names.RemoveAll(name => name.AsSpan().SequenceEqual(".\0"u8));
        if (names.Exists(name => name.AsSpan().SequenceEqual("..\0"u8)))
            throw Refuse(path, "has '..' in it");
        if (names.Count == 0)
            return null;
        if (!names[0].AsSpan(0, names[0].Length - 1).SequenceEqual(topFolder))
            throw Refuse(path, $"is not below the folder '{FileName.ToDisplay(topFolder)}' that was asked for");
        return [.. names.Skip(1)];
    }

    private static ArchiveException Refuse(byte[] path, string reason) =>
        new($"The archive is refused: its name '{FileName.ToDisplay(path)}' {reason}.");
}
