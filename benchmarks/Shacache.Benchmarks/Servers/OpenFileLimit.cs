using System.Globalization;

namespace Shacache.Benchmarks.Servers;

/// <summary>How many files this process, and hence each of its children, may have open.</summary>
internal static class OpenFileLimit
{
    private const string Label = "Max open files";

    public static int Current { get; } = Read();

    private static int Read()
    {
        string line = File.ReadLines("/proc/self/limits").First(l => l.StartsWith(Label, StringComparison.Ordinal));
        string soft = line[Label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, CultureInfo.InvariantCulture, out int limit) ? limit : 1_048_576;
    }
}
