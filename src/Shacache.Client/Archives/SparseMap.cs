using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>Where a sparse file has data; between that are holes, which read as zeros and take up no room.</summary>
/// <remarks>Written in version 1.0 of GNU's pax form, which GNU tar, bsdtar and Python's tarfile all read.</remarks>
internal static class SparseMap
{
    private const int MaxExtents = 1_000_000;
    private const int CopyBytes = 128 * 1024;

    /// <summary>The extents of a file with holes; null for one that has none, or too many to be worth it.</summary>
    /// <param name="file">The file; its position moves.</param>
    /// <param name="status">Its status.</param>
    public static List<SparseExtent>? Find(SafeFileHandle file, in FileStatus status)
    {
        if (status.AllocatedBytes >= status.SizeBytes)
            return null;
        var extents = new List<SparseExtent>();
        long position = 0;
        while (position < status.SizeBytes)
        {
            long start = FileCalls.Seek(file, position, FileCalls.SeekData);
            // No data after this position, or a file system that cannot report it; the check after the loop tells the two apart.
            if (start < 0 || start >= status.SizeBytes)
                break;
            long end = FileCalls.Seek(file, start, FileCalls.SeekHole);
            if (end <= start || extents.Count == MaxExtents)
                return null;
            end = Math.Min(end, status.SizeBytes);
            extents.Add(new SparseExtent(start, end - start));
            position = end;
        }

        bool isWhole = extents is [{ OffsetBytes: 0 } only] && only.LengthBytes == status.SizeBytes;
        // "No extent" is accepted only for a file without any allocated block.
        if (isWhole || (extents.Count == 0 && status.AllocatedBytes > 0))
            return null;
        if (extents is not [.., var last] || last.OffsetBytes + last.LengthBytes < status.SizeBytes)
            extents.Add(new SparseExtent(status.SizeBytes, 0));
        return extents;
    }

    /// <summary>The text of the map: count, then offset and length of each, a line each, filled up to whole blocks.</summary>
    public static byte[] Write(List<SparseExtent> extents)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{extents.Count}\n");
        foreach (SparseExtent extent in extents)
            text.Append(CultureInfo.InvariantCulture, $"{extent.OffsetBytes}\n{extent.LengthBytes}\n");
        byte[] map = new byte[TarField.RoundUp(text.Length)];
        Encoding.ASCII.GetBytes(text.ToString(), map);
        return map;
    }

    /// <summary>Copies the content of a file, holes included.</summary>
    /// <param name="source">The file; its position moves.</param>
    /// <param name="status">Its status.</param>
    /// <param name="destination">An empty file.</param>
    public static void Copy(SafeFileHandle source, in FileStatus status, SafeFileHandle destination)
    {
        byte[] buffer = new byte[CopyBytes];
        foreach ((long offset, long length) in Find(source, status) ?? [new SparseExtent(0, status.SizeBytes)])
        {
            FileSystemCalls.Seek(source, offset);
            FileSystemCalls.Seek(destination, offset);
            int read;
            for (long rest = length; rest > 0 && (read = FileSystemCalls.Read(source, buffer.AsSpan(0, (int)Math.Min(rest, buffer.Length)))) > 0; rest -= read)
                FileSystemCalls.Write(destination, buffer.AsSpan(0, read));
        }

        FileSystemCalls.Check(FileCalls.SetLength(destination, status.SizeBytes), "set the length");
    }
}
