using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Matching;
using Shacache.Core.Platforms;

namespace Shacache.Client.Relocation.Reports;

/// <summary>What is known of systems that are not this machine: the C library that their releases came with.</summary>
internal static class KnownSystems
{
    private static readonly Dictionary<string, Version> GnuLibraries = new(StringComparer.Ordinal)
    {
        ["debian 8"] = new(2, 19),
        ["debian 9"] = new(2, 24),
        ["debian 10"] = new(2, 28),
        ["debian 11"] = new(2, 31),
        ["debian 12"] = new(2, 36),
        ["debian 13"] = new(2, 41),
        ["ubuntu 16.04"] = new(2, 23),
        ["ubuntu 18.04"] = new(2, 27),
        ["ubuntu 20.04"] = new(2, 31),
        ["ubuntu 22.04"] = new(2, 35),
        ["ubuntu 24.04"] = new(2, 39),
        ["rhel 7"] = new(2, 17),
        ["rhel 8"] = new(2, 28),
        ["rhel 9"] = new(2, 34),
        ["rhel 10"] = new(2, 39),
    };

    /// <summary>Systems that are built of the same sources as RHEL, and have its version numbers.</summary>
    private static readonly string[] LikeRhel = ["rhel", "centos", "almalinux", "rocky", "ol"];

    /// <summary>Why a release does not run on a platform, as far as that can be told from its name; null when nothing speaks against it.</summary>
    public static string? FindMismatch(ReleaseRequirements requirements, Platform platform)
    {
        if (requirements.Machines is [var machine, ..] && MachineMatch.FindOtherMachine(machine, platform) is { } other)
            return other;
        string libc = platform.Multiarch.Contains("musl", StringComparison.Ordinal) ? "musl" : "glibc";
        if (requirements.Libc is { } needed && needed != libc)
            return $"it needs the C library {needed}, the platform has {libc}";
        Distribution system = platform.Distribution.Normalize();
        if (!GnuLibraries.TryGetValue(NameOf(system), out Version? there))
            return null;
        foreach (RequiredVersion version in requirements.Versions)
        {
            const string Prefix = "GLIBC_";
            if (!version.Weak && version.Version.StartsWith(Prefix, StringComparison.Ordinal) && Version.TryParse(version.Version.AsSpan(Prefix.Length), out Version? wanted) && wanted > there)
                return $"{version.File} needs {version.Version} of {version.Library}, {system.Id} {system.Version} has glibc {there}";
        }

        return null;
    }

    /// <summary>The system as the table has it: of RHEL, whose library does not change with its minor releases, the number before the point.</summary>
    private static string NameOf(Distribution system) =>
        LikeRhel.Contains(system.Id) ? $"rhel {system.Version.Split('.', 2)[0]}" : $"{system.Id} {system.Version}";
}
