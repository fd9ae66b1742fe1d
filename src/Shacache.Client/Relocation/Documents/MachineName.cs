using Shacache.Client.Elf.Format;

namespace Shacache.Client.Relocation.Documents;

/// <summary>Names of processors in the requirements.</summary>
internal static class MachineName
{
    private static readonly Dictionary<ElfMachine, string> Names = new()
    {
        [ElfMachine.X8664] = "x86_64",
        [ElfMachine.I386] = "i386",
        [ElfMachine.Aarch64] = "aarch64",
        [ElfMachine.Arm] = "arm",
        [ElfMachine.PowerPc64] = "ppc64",
        [ElfMachine.PowerPc] = "ppc",
        [ElfMachine.S390] = "s390",
        [ElfMachine.RiscV] = "riscv",
        [ElfMachine.LoongArch] = "loongarch",
        [ElfMachine.Mips] = "mips",
    };

    /// <summary>The name of a processor of ELF files.</summary>
    public static string Of(ElfMachine machine) => Names.GetValueOrDefault(machine) ?? $"machine {(int)machine}";

    /// <summary>The processor of a name; null for an unknown one.</summary>
    public static ElfMachine? Parse(string name) => Names.Where(known => known.Value == name).Select(known => (ElfMachine?)known.Key).FirstOrDefault();

    /// <summary>The name of a processor that a multiarch triplet begins with; null for an unknown one.</summary>
    public static string? OfProcessor(string processor) => processor switch
    {
        "x86_64" or "aarch64" => processor,
        "i386" or "i486" or "i586" or "i686" => "i386",
        "powerpc64le" or "powerpc64" => "ppc64",
        "s390x" => "s390",
        "riscv64" => "riscv",
        "loongarch64" => "loongarch",
        _ => processor.StartsWith("arm", StringComparison.Ordinal) ? "arm" : null,
    };
}
