using System.Text;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Relocation.Documents;
using Shacache.Core.Platforms;

namespace Shacache.Client.Relocation.Matching;

/// <summary>Compares what a release needs with what a machine has. Nothing is run and nothing compiled. One thread at a time.</summary>
/// <param name="platform">What the machine is called.</param>
/// <param name="libraries">What it has.</param>
internal sealed class MachineMatch(Platform platform, MachineLibraries libraries)
{
    /// <summary>What the machine lacks, each in a part of a sentence; none when the release runs here.</summary>
    public IEnumerable<string> FindMismatches(ReleaseRequirements requirements)
    {
        if (requirements.Machines is not [var machine, ..])
            return FindInterpreters(requirements);
        if (FindOtherMachine(machine, platform) is { } other)
            return [other];
        string libc = libraries.Libc switch { LibcKind.Glibc => "glibc", LibcKind.Musl => "musl", _ => "unknown" };
        if (requirements.Libc is { } needed && needed != libc)
            return [$"it needs the C library {needed}, this machine has {libc}"];
        return [.. FindLevel(requirements), .. FindLibraries(requirements, machine), .. FindInterpreters(requirements)];
    }

    /// <summary>Why a program does not run on a platform, by the processor alone; null when it does.</summary>
    public static string? FindOtherMachine(RequiredMachine machine, Platform platform)
    {
        string processor = platform.Multiarch.Split('-')[0];
        return MachineName.OfProcessor(processor) is { } name && name != machine.Machine
            ? $"{machine.File} is for {machine.Machine}, the platform is {processor}"
            : null;
    }

    private IEnumerable<string> FindLevel(ReleaseRequirements requirements) => requirements.Level > libraries.IsaLevel && libraries.IsaLevel > 0
        ? [$"{requirements.LevelFile} needs the x86-64 level {requirements.Level}, this processor has {libraries.IsaLevel}"]
        : [];

    private IEnumerable<string> FindLibraries(ReleaseRequirements requirements, RequiredMachine machine)
    {
        if (MachineName.Parse(machine.Machine) is not { } processor)
            yield break;
        var program = new ElfFile(machine.Bits, machine.Order == "little" ? ElfByteOrder.LittleEndian : ElfByteOrder.BigEndian, 0, ElfType.Shared, processor, machine.Flags);
        ILookup<string, RequiredVersion> versions = requirements.Versions.Where(version => !version.Weak).ToLookup(version => version.Library);
        foreach (RequiredItem needed in requirements.Libraries)
        {
            if (libraries.Find(needed.Name, program) is not { } library)
            {
                yield return $"{needed.File} needs {needed.Name}, which this machine does not have";
                continue;
            }

            foreach (RequiredVersion version in versions[needed.Name].Where(version => !library.File.ProvidedVersions.Contains(version.Version)))
                yield return $"{version.File} needs {version.Version} of {needed.Name}, which {library.Path} does not have";
        }
    }

    private IEnumerable<string> FindInterpreters(ReleaseRequirements requirements) =>
        requirements.Interpreters.Where(interpreter => !libraries.Exists(Encoding.UTF8.GetString(PathText.Decode(interpreter.Name))))
            .Select(interpreter => $"{interpreter.File} is run by {interpreter.Name}, which this machine does not have");
}
