using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Shacache.Cli.Errors;
using Shacache.Core;
using Shacache.Posix;
using Shacache.Transport;

namespace Shacache.Cli.Serving;

/// <summary>How many files and connections the system lets this process have open at once (RLIMIT_NOFILE), and what follows for the server.</summary>
internal static class DescriptorLimit
{
    /// <summary>Two hundred are taken once it serves: .NET keeps each of its files open twice.</summary>
    private const int LeastToServe = 256;

    /// <summary>Kept for code that is loaded when it is first needed, for threads, for the database, and for a file of a moment.</summary>
    private const int KeptForTheServer = 64;

    /// <summary>The part of it that requests in full number do not get either.</summary>
    private const int KeptForThreads = 32;

    private const int StandardError = 2;

    /// <summary>Refuses to serve where the limit is too low for it. Comes first of all, as .NET needs descriptors for nearly everything else, even for its error output.</summary>
    /// <returns>The exit code; null when the server may run.</returns>
    public static int? FindRefusal()
    {
        if (!ProcessCalls.Is64BitLinux || ProcessCalls.RaiseOpenFilesLimit() is not (< LeastToServe and var limit))
            return null;
        byte[] line = Encoding.UTF8.GetBytes(
            $"shacache: the server needs {LeastToServe} files and connections open at once, and this process may have {limit}; allow more ('ulimit -n 4096', or LimitNOFILE= of a unit).\n");
        using var standardError = new SafeFileHandle(StandardError, ownsHandle: false);
        _ = FileCalls.Write(standardError, line, line.Length);
        return ExitCode.Configuration;
    }

    /// <summary>Bounds connections so that each may have a file open, and nothing that must not fail finds no descriptor.</summary>
    /// <param name="connections">What is bounded.</param>
    /// <param name="wanted">How many are configured.</param>
    /// <param name="logger">Gets a warning when there can only be fewer.</param>
    public static void Apply(ConnectionLimit connections, int wanted, ILogger logger)
    {
        connections.Max = wanted;
        if (!ProcessCalls.Is64BitLinux || ProcessCalls.RaiseOpenFilesLimit() is not { } limit)
            return;
        int possible = (int)Math.Clamp((limit - CountOpen() - KeptForTheServer) / 2, 1, int.MaxValue);
        Descriptors.End = (int)Math.Min(limit - KeptForThreads, int.MaxValue);
        if (possible >= wanted)
            return;
        connections.Max = possible;
        Log.FewerConnections(logger, possible, wanted, limit);
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
}
