using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Posix;

namespace Shacache.Client.Tests.Archives;

/// <summary>A folder with one of everything that an archive must carry.</summary>
internal static class SampleRelease
{
    public const long SparseBytes = 9L << 30;

    public static void Create(string folder, bool withBrokenNames = true)
    {
        Directory.CreateDirectory(folder);
        string bin = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "empty"));
        Write(bin, "tool", "#!/bin/sh\n", 0x1ed, (1_600_000_000, 123_456_789));
        Write(bin, "set-uid", "x", 0x9ed, (1_600_000_001, 0));
        Write(bin, "set-gid", "x", 0x5ed, (1_600_000_001, 100));
        Write(bin, "unreadable", "secret", 0x100, (1_600_000_002, 999_999_999));
        Write(folder, "empty file", "", 0x1a4, (0, 0));
        Write(folder, "before 1970", "old", 0x1a4, (-3, 250_000_000));
        Write(folder, "far future", "new", 0x1a4, (9_000_000_000, 5));
        Write(folder, "ünïcödé 文件", "näme", 0x1a4, (1_600_000_003, 0));
        Write(folder, new string('n', 255), "long name", 0x1a4, (1_600_000_004, 0));
        Write(folder, "line\nfeed = \t\"quoted\" \\ back", "odd", 0x1a4, (1_600_000_004, 7));
        string deep = Directory.CreateDirectory(Path.Combine(folder, string.Join('/', Enumerable.Repeat(new string('d', 40), 12)))).FullName;
        Write(deep, "leaf", new string('y', 100_000), 0x1a4, (1_600_000_005, 10));
        // 101 to 255 bytes fit the two fields of ustar.
        string split = Directory.CreateDirectory(Path.Combine(folder, new string('p', 90))).FullName;
        Write(split, new string('q', 90), "split", 0x1a4, (1_600_000_006, 0));
        Write(folder, "block", new string('b', 512), 0x1a4, (1_600_000_007, 0));
        Write(folder, "block and one", new string('b', 513), 0x1a4, (1_600_000_007, 0));
        WriteRandom(Path.Combine(folder, "large"), 5_000_001);

        using SafeFileHandle handle = FileSystemCalls.OpenFolder(folder);
        Link(handle, "bin/tool", "hard link");
        Link(handle, "bin/tool", "bin/hard link");
        Link(handle, "large", new string('h', 200));
        foreach ((string name, string target) in new[]
        {
            ("link", "bin/tool"), ("dangling", "nowhere"), ("absolute", "/etc/passwd"), ("outside", "../../../etc"), ("to folder", "bin"), ("long", new string('t', 300)), ("ümlaut", "zïel"),
        })
        {
            Assert.Equal(0, FileSystemCalls.TrySymbolicLink(FileName.FromText(target), handle, FileName.FromText(name)));
            FileSystemCalls.SetTimesOfName(handle, FileName.FromText(name), TimeSpec.Create(1_500_000_000, 42));
        }

        CreateSparse(handle, "sparse", SparseBytes, (0, "start"), (5L << 30, "middle"), (SparseBytes - 3, "end"));
        CreateSparse(handle, "holes at both ends", 10_000_000, (4_000_000, "middle"));
        CreateSparse(handle, "hole only", 3_000_000);
        if (withBrokenNames)
        {
            WriteBytes(handle, [(byte)'b', 0xff, 0xfe, (byte)'d', 0], "not UTF-8");
            Assert.Equal(0, FileSystemCalls.TryMakeFolder(handle, [0xe9, (byte)'t', 0xe9, 0]));
            Assert.Equal(0, FileSystemCalls.TrySymbolicLink([0xfc, 0], handle, [(byte)'l', 0xfc, 0]));
        }

        SetFolder(Path.Combine(folder, "empty"), 0x3ff, (1_400_000_000, 1));
        SetFolder(bin, 0x16d, (1_400_000_001, 2));
        SetFolder(folder, 0x1ed, (1_400_000_002, 3));
    }

    public static void CreateSparse(SafeFileHandle folder, string name, long length, params (long Offset, string Text)[] data)
    {
        using SafeFileHandle file = FileSystemCalls.TryCreateFile(folder, FileName.FromText(name), out _)!;
        foreach ((long offset, string text) in data)
        {
            FileSystemCalls.Seek(file, offset);
            FileSystemCalls.Write(file, Encoding.UTF8.GetBytes(text));
        }

        Assert.Equal(0, FileCalls.SetLength(file, length));
    }

    public static void WriteRandom(string path, int length)
    {
        byte[] bytes = new byte[length];
        new Random(42).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
    }

    private static void Write(string folder, string name, string content, uint mode, (long Seconds, int Nanoseconds) time)
    {
        using SafeFileHandle handle = FileSystemCalls.OpenFolder(folder);
        using SafeFileHandle file = FileSystemCalls.TryCreateFile(handle, FileName.FromText(name), out _)!;
        FileSystemCalls.Write(file, Encoding.UTF8.GetBytes(content));
        Assert.Equal(0, FileCalls.ChangeMode(file, mode));
        FileSystemCalls.SetTimes(file, TimeSpec.Create(time.Seconds, time.Nanoseconds));
    }

    private static void WriteBytes(SafeFileHandle folder, byte[] name, string content)
    {
        using SafeFileHandle file = FileSystemCalls.TryCreateFile(folder, name, out _)!;
        FileSystemCalls.Write(file, Encoding.UTF8.GetBytes(content));
    }

    private static void Link(SafeFileHandle folder, string oldName, string newName) =>
        Assert.Equal(0, FileSystemCalls.TryLink(folder, FileName.FromText(oldName), folder, FileName.FromText(newName)));

    private static void SetFolder(string path, uint mode, (long Seconds, int Nanoseconds) time)
    {
        using SafeFileHandle handle = FileSystemCalls.OpenFolder(path);
        Assert.Equal(0, FileCalls.ChangeMode(handle, mode));
        FileSystemCalls.SetTimes(handle, TimeSpec.Create(time.Seconds, time.Nanoseconds));
    }
}
