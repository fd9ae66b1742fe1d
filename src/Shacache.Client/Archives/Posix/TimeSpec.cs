using System.Runtime.InteropServices;

namespace Shacache.Client.Archives.Posix;

/// <summary>A point in time as the kernel keeps it; seconds since 1970, which may be negative, and nanoseconds after them.</summary>
/// <param name="Seconds">Seconds since 1970, rounded down.</param>
/// <param name="Nanoseconds">0 to 999,999,999.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TimeSpec(nint Seconds, nint Nanoseconds)
{
    /// <summary>Makes one of a wider number; a time that the kernel cannot hold becomes the nearest that it can.</summary>
    public static TimeSpec Create(long seconds, int nanoseconds) => new((nint)Math.Clamp(seconds, nint.MinValue, nint.MaxValue), nanoseconds);
}
