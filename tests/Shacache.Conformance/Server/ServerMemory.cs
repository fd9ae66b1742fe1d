using System.Globalization;

namespace Shacache.Conformance.Server;

/// <summary>The memory of a process, from /proc.</summary>
/// <remarks>
/// Resident memory as the kernel counts it (VmRSS, VmHWM): anonymous memory, plus pages of files that are mapped. Page cache that
/// was filled by read, write or sendfile is not in it, and socket buffers are not either.
/// </remarks>
internal readonly struct ServerMemory(int processId)
{
    public const long MiB = 1024 * 1024;

    /// <summary>Resident now, in bytes.</summary>
    public long ResidentBytes => Read("VmRSS:");

    /// <summary>The most that was resident since the start or the last <see cref="ResetPeak"/>, in bytes.</summary>
    public long PeakBytes => Read("VmHWM:");

    /// <summary>Lets the peak begin anew at what is resident now.</summary>
    public void ResetPeak() => File.WriteAllText($"/proc/{processId}/clear_refs", "5");

    private long Read(string field)
    {
        string line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), CultureInfo.InvariantCulture);
    }
}
