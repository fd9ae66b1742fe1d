using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf.Loading;

/// <summary>The folders that a run path names, as the loader reads it (ld.so(8), "Dynamic string tokens").</summary>
internal static class RunPath
{
    /// <summary>The folders in their order; those that depend on the working folder are left out, as nobody can tell where they are.</summary>
    /// <param name="file">The file whose run path it is.</param>
    /// <param name="path">The absolute path of the file.</param>
    public static IEnumerable<string> Folders(ElfFile file, string path) =>
        from folder in (file.RunPath ?? "").Split(':')
        from expanded in Expand(folder, file, path)
        where expanded.StartsWith('/')
        select expanded;

    /// <summary>A text with its tokens replaced: several where a token depends on the distribution.</summary>
    public static IEnumerable<string> Expand(string text, ElfFile file, string path)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
            return [text];
        string origin = path[..Math.Max(1, path.LastIndexOf('/'))];
        string expanded = Replace(Replace(text, "ORIGIN", origin), "PLATFORM", MachineNames.Platform(file));
        string[] libraries = file.Class == 64 ? [$"lib/{MachineNames.Multiarch(file)}", "lib64", "lib"] : [$"lib/{MachineNames.Multiarch(file)}", "lib"];
        return libraries.Select(library => Replace(expanded, "LIB", library)).Distinct();
    }

    /// <summary><c>$NAME</c> where the name ends there, and <c>${NAME}</c>.</summary>
    private static string Replace(string text, string token, string value)
    {
        text = text.Replace($"${{{token}}}", value, StringComparison.Ordinal);
        for (int at = 0; (at = text.IndexOf($"${token}", at, StringComparison.Ordinal)) >= 0;)
        {
            int end = at + token.Length + 1;
            if (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                at = end;
                continue;
            }

            text = $"{text[..at]}{value}{text[end..]}";
            at += value.Length;
        }

        return text;
    }
}

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
