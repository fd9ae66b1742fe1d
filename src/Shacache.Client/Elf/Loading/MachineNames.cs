using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf.Loading;

/// <summary>What the loader calls a processor.</summary>
internal static class MachineNames
{
    /// <summary>The multiarch folder of a file's machine (Debian), such as <c>x86_64-linux-gnu</c>.</summary>
    public static string Multiarch(ElfFile file) => file.Machine switch
    {
        ElfMachine.Arm => IsHardFloat(file) ? "arm-linux-gnueabihf" : "arm-linux-gnueabi",
        ElfMachine.I386 => "i386-linux-gnu",
        ElfMachine.X8664 when file.Class == 32 => "x86_64-linux-gnux32",
        _ => $"{Platform(file)}-linux-gnu",
    };

    /// <summary>The name of a file's processor, as the kernel has it.</summary>
    public static string Platform(ElfFile file) => file.Machine switch
    {
        ElfMachine.X8664 => "x86_64",
        ElfMachine.I386 => "i686",
        ElfMachine.Aarch64 => "aarch64",
        ElfMachine.Arm => "v7l",
        ElfMachine.PowerPc64 => file.ByteOrder == ElfByteOrder.LittleEndian ? "powerpc64le" : "powerpc64",
        ElfMachine.S390 => "s390x",
        ElfMachine.RiscV => "riscv64",
        ElfMachine.LoongArch => "loongarch64",
        ElfMachine.Mips => file.ByteOrder == ElfByteOrder.LittleEndian ? "mipsel" : "mips",
        _ => "unknown",
    };

    /// <summary>Whether two files can be in one process.</summary>
    public static bool AreAlike(ElfFile one, ElfFile other) =>
        one.Machine == other.Machine && one.Class == other.Class && one.ByteOrder == other.ByteOrder
        && (one.Machine != ElfMachine.Arm || !IsStated(one) || !IsStated(other) || IsHardFloat(one) == IsHardFloat(other));

    // EF_ARM_ABI_FLOAT_HARD and EF_ARM_ABI_FLOAT_SOFT; many libraries state neither.
    private static bool IsHardFloat(ElfFile file) => (file.Flags & 0x400) != 0;

    private static bool IsStated(ElfFile file) => (file.Flags & 0x600) != 0;
}
