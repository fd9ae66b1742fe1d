using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Tests.Archives;

/// <summary>All that an extraction must bring back, one line for each file: name, type, mode, time, content, links.</summary>
internal static class TreeSnapshot
{
    public static List<string> Read(string folder, bool withTopTime = true)
    {
        var lines = new List<string>();
        using SafeFileHandle handle = FileSystemCalls.OpenFolder(folder);
        FileStatus top = FileSystemCalls.GetStatus(handle);
        lines.Add($". {Convert.ToString(top.Permissions, 8)} {(withTopTime ? top.Modified : default)}");
        Add(handle, "", lines, []);
        return lines;
    }

    private static void Add(SafeFileHandle folder, string path, List<string> lines, Dictionary<FileIdentity, string> names)
    {
        foreach (byte[] name in FolderListing.ReadSorted(folder))
        {
            // Bytes that are no UTF-8 must come back too.
            string child = $"{path}/{System.Text.Encoding.Latin1.GetString(name.AsSpan(..^1))}";
            FileStatus status = FileSystemCalls.FindStatus(folder, name)!.Value;
            string detail = "";
            if (status.Kind == FileKind.Regular)
            {
                using SafeFileHandle file = FileSystemCalls.TryOpenForReading(folder, name, out _)!;
                bool isSparse = status.AllocatedBytes < status.SizeBytes - 65536;
                detail = $"{status.SizeBytes} {(isSparse ? "sparse " : "")}{Hash(file, status)} ";
            }
            else if (status.Kind == FileKind.SymbolicLink)
            {
                detail = $"-> {Convert.ToHexString(FileSystemCalls.TryReadLink(folder, name)!)} ";
            }

            if (status.Kind != FileKind.Folder)
                detail += $"{status.LinkCount} {(names.TryAdd(status.Identity, child) ? child : names[status.Identity])}";
            lines.Add($"{child} {status.Kind} {Convert.ToString(status.Permissions, 8)} {status.Modified} {detail}");
            if (status.Kind == FileKind.Folder)
            {
                using SafeFileHandle sub = FileSystemCalls.OpenFolder(folder, name);
                Add(sub, child, lines, names);
            }
        }
    }

    /// <summary>Of the blocks that are not empty, and their places: nine gibibytes of holes need not be read.</summary>
    private static string Hash(SafeFileHandle file, FileStatus status)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[4096];
        IEnumerable<SparseExtent> extents = SparseMap.Find(file, status) ?? [new SparseExtent(0, status.SizeBytes)];
        foreach ((long offset, long length) in extents)
        {
            for (long position = offset / block.Length * block.Length; position < offset + length; position += block.Length)
            {
                FileSystemCalls.Seek(file, position);
                int read = FileSystemCalls.Read(file, block);
                if (!block.AsSpan(0, read).ContainsAnyExcept((byte)0))
                    continue;
                hash.AppendData(BitConverter.GetBytes(position));
                hash.AppendData(block, 0, read);
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
