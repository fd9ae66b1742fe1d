using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Testing;

namespace Shacache.Client.Tests.Elf;

/// <summary>A program of another processor, stored with the tests.</summary>
public sealed record MachineProgram(string Name, int Class, bool IsBigEndian, ushort Machine, string Interpreter)
{
    /// <summary>The release that it was built for.</summary>
    public const string Prefix = "/srv/root-of-a-builder/0123456789abcdef0011223344556677";

    public static TheoryData<MachineProgram> All =>
    [
        new MachineProgram("i686", 32, false, (ushort)ElfMachine.I386, "/lib/ld-linux.so.2"),
        new MachineProgram("aarch64", 64, false, (ushort)ElfMachine.Aarch64, "/lib/ld-linux-aarch64.so.1"),
        new MachineProgram("armhf", 32, false, (ushort)ElfMachine.Arm, "/lib/ld-linux-armhf.so.3"),
        new MachineProgram("mips", 32, true, (ushort)ElfMachine.Mips, "/lib/ld.so.1"),
    ];

    /// <summary>Where it is stored.</summary>
    public string Path => System.IO.Path.Combine(Repository.Root, "tests/Shacache.Client.Tests/Elf/machines", Name);

    public override string ToString() => Name;

    /// <summary>Whether what was read is this.</summary>
    internal bool Is(ElfFile file) =>
        file.Class == Class && file.ByteOrder == (IsBigEndian ? ElfByteOrder.BigEndian : ElfByteOrder.LittleEndian) && file.Machine == (ElfMachine)Machine
        && file.Interpreter == Interpreter && file.Needed is ["libone.so.1", "libc.so.6"] && file is { IsDynamic: true, Type: ElfType.Shared };
}
