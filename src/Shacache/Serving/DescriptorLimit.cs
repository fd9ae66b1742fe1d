using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Shacache.Cli.Errors;
using Shacache.Core;
using Shacache.Transport;

namespace Shacache.Cli.Serving;

/// <summary>How many files and connections the system lets this process have open at once (RLIMIT_NOFILE), and what follows for the server.</summary>
internal static partial class DescriptorLimit
{
    /// <summary>Two hundred are taken once it serves: .NET keeps each of its files open twice.</summary>
    private const int LeastToServe = 256;

    /// <summary>Kept for code that is loaded when it is first needed, for threads, for the database, and for a file of a moment.</summary>
    private const int KeptForTheServer = 64;

    /// <summary>The part of it that requests in full number do not get either.</summary>
    private const int KeptForThreads = 32;

    private const int OpenFiles = 7;
    private const int StandardError = 2;

    private static bool IsThere => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Refuses to serve where the limit is too low for it. Comes first of all, as .NET needs descriptors for nearly everything else, even for its error output.</summary>
    /// <returns>The exit code; null when the server may run.</returns>
    public static int? FindRefusal()
    {
        if (!IsThere || Raise() is not (< LeastToServe and var limit))
            return null;
        byte[] line = Encoding.UTF8.GetBytes(
            $"shacache: the server needs {LeastToServe} files and connections open at once, and this process may have {limit}; allow more ('ulimit -n 4096', or LimitNOFILE= of a unit).\n");
        _ = WriteTo(StandardError, line, line.Length);
        return ExitCode.Configuration;
    }

    /// <summary>Bounds connections so that each may have a file open, and nothing that must not fail finds no descriptor.</summary>
    /// <param name="connections">What is bounded.</param>
    /// <param name="wanted">How many are configured.</param>
    /// <param name="logger">Gets a warning when there can only be fewer.</param>
    public static void Apply(ConnectionLimit connections, int wanted, ILogger logger)
    {
        connections.Max = wanted;
        if (!IsThere || Raise() is not { } limit)
            return;
        int possible = (int)Math.Clamp((limit - CountOpen() - KeptForTheServer) / 2, 1, int.MaxValue);
        Descriptors.End = (int)Math.Min(limit - KeptForThreads, int.MaxValue);
        if (possible >= wanted)
            return;
        connections.Max = possible;
        Log.FewerConnections(logger, possible, wanted, limit);
    }

    /// <summary>Raises the limit as far as this process may raise it.</summary>
    /// <returns>The limit then; null when it is not known.</returns>
    private static long? Raise()
    {
        if (GetLimit(OpenFiles, out Limits limits) != 0)
            return null;
        ulong before = limits.Current;
        limits.Current = limits.Most;
        ulong now = before < limits.Most && SetLimit(OpenFiles, in limits) == 0 ? limits.Most : before;
        return (long)Math.Min(now, long.MaxValue);
    }

    private static int CountOpen()
    {
        try
        {
            return Directory.GetFileSystemEntries("/proc/self/fd").Length;
        }
        catch (IOException)
        {
            return LeastToServe - KeptForTheServer;
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limits limits);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteTo(int descriptor, byte[] bytes, nint lengthBytes);

    private struct Limits
    {
        public ulong Current;
        public ulong Most;
    }
}
