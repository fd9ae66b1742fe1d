using System.Globalization;

namespace Shacache.Benchmarks.Servers;

/// <summary>What a process and its children use, after /proc.</summary>
internal static class ProcessTree
{
    // sysconf(_SC_CLK_TCK) is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Processor time in user and system mode.</summary>
    public static TimeSpan CpuTime(int processId) =>
        TimeSpan.FromSeconds(Members(processId).Sum(id => Stat(id) is { } stat ? Number(stat, 11) + Number(stat, 12) : 0) / TicksPerSecond);

    /// <summary>Resident memory (VmRSS), in bytes. Pages that several processes share count once for each.</summary>
    public static long ResidentBytes(int processId) => Members(processId).Sum(ResidentBytesOfOne);

    private static long ResidentBytesOfOne(int processId)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static IEnumerable<int> Members(int processId)
    {
        yield return processId;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int id) && Stat(id) is { } stat && Number(stat, 1) == processId)
                yield return id;
        }
    }

    /// <summary>The fields after the command name, which may itself hold blanks; null when the process is gone.</summary>
    private static string[]? Stat(int processId)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{processId}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string[] stat, int field) => long.Parse(stat[field], CultureInfo.InvariantCulture);
}
