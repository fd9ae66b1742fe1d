using System.Runtime.InteropServices;

namespace Shacache.Core.Platforms;

/// <summary>What <c>gcc -dumpmachine</c> would print, told from the processor and the distribution.</summary>
/// <remarks>
/// On Debian and its kin this is the GNU type of the architecture (dpkg-architecture, DEB_HOST_GNU_TYPE). For 32-bit x86 that is
/// <c>i686-linux-gnu</c>, although the multiarch folder is called i386. Other distributions put a vendor between.
/// </remarks>
internal static class Multiarch
{
    /// <summary>The compiler's name of a machine.</summary>
    /// <param name="processor">The architecture of the running process.</param>
    /// <param name="family">The distribution's id and the ids it is derived from.</param>
    /// <param name="isSoftFloat">Only for 32-bit ARM: whether the C library is the one without a floating point unit.</param>
    /// <exception cref="PlatformNotSupportedException">The processor is none that has a name here.</exception>
    public static string Name(Architecture processor, IReadOnlyCollection<string> family, bool isSoftFloat = false)
    {
        string cpu = processor switch
        {
            Architecture.X64 => "x86_64",
            Architecture.X86 => "i686",
            Architecture.Arm64 => "aarch64",
            Architecture.Arm or Architecture.Armv6 => "arm",
            Architecture.Ppc64le => "powerpc64le",
            Architecture.S390x => "s390x",
            Architecture.RiscV64 => "riscv64",
            Architecture.LoongArch64 => "loongarch64",
            _ => throw new PlatformNotSupportedException($"The processor {processor} has no known multiarch name; give the platform explicitly."),
        };
        if (family.Contains("alpine"))
            return cpu == "arm" ? "armv7-alpine-linux-musleabihf" : $"{cpu}-alpine-linux-musl";
        if (cpu == "arm")
            return isSoftFloat ? "arm-linux-gnueabi" : "arm-linux-gnueabihf";
        return Vendor(cpu, family) is { } vendor ? $"{cpu}-{vendor}" : $"{cpu}-linux-gnu";
    }

    private static string? Vendor(string cpu, IReadOnlyCollection<string> family)
    {
        string[] redHat = ["fedora", "rhel", "centos"];
        if (family.Contains("amzn"))
            return "amazon-linux";
        if (redHat.Any(family.Contains))
            return "redhat-linux";
        if (family.Any(id => id.Contains("suse", StringComparison.Ordinal)))
            return "suse-linux";
        if (family.Contains("arch") || family.Contains("gentoo"))
            return cpu is "x86_64" or "i686" ? "pc-linux-gnu" : "unknown-linux-gnu";
        return null;
    }
}
