using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Reports;

/// <summary>Requirements in lines for people, each with a file that has it.</summary>
internal static class RequirementLines
{
    /// <summary>The lines.</summary>
    public static IEnumerable<string> Of(ReleaseRequirements requirements)
    {
        foreach (RequiredMachine machine in requirements.Machines)
            yield return $"processor {machine.Machine}, {machine.Bits} bits, {machine.Order} endian ({machine.File})";
        if (requirements.Libc is { } libc)
            yield return $"C library {libc}";
        if (requirements.Level > 1)
            yield return $"x86-64 level {requirements.Level} ({requirements.LevelFile})";
        foreach (RequiredItem library in requirements.Libraries)
        {
            string versions = string.Join(", ", Highest(requirements.Versions.Where(version => version.Library == library.Name && !version.Weak)).Select(version => version.Version));
            yield return $"library {library.Name}{(versions.Length > 0 ? $" with {versions}" : "")} ({library.File})";
        }

        foreach (RequiredItem interpreter in requirements.Interpreters)
            yield return $"program {interpreter.Name} ({interpreter.File})";
    }

    /// <summary>Of each series of versions, such as GLIBC_2.2.5 and GLIBC_2.34, the highest; a library has all lower ones, too.</summary>
    private static IEnumerable<RequiredVersion> Highest(IEnumerable<RequiredVersion> versions) =>
        versions.GroupBy(version => version.Version[..(version.Version.LastIndexOf('_') + 1)], StringComparer.Ordinal)
            .Select(series => series.MaxBy(version => NumberOf(version.Version[series.Key.Length..]))!);

    /// <summary>The number that a text is; 0.0 for another text.</summary>
    private static Version NumberOf(string text) =>
        Version.TryParse(text.Contains('.', StringComparison.Ordinal) ? text : $"{text}.0", out Version? number) ? number : new Version(0, 0);
}
