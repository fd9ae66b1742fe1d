using System.Globalization;
using Shacache.Cli.Configuration.Values;
using Shacache.Posix;

namespace Shacache.Cli.Serving.Systemd;

/// <summary>Sockets that the service manager listens on and gives to this process: sd_listen_fds(3).</summary>
internal static class PassedSockets
{
    private const string Count = "LISTEN_FDS";
    private const string Process = "LISTEN_PID";
    private const string Names = "LISTEN_FDNAMES";
    private const int First = 3;
    private const int MaxCount = 64;

    /// <summary>Those that the environment announces, in its order.</summary>
    /// <param name="environment">Finds a variable.</param>
    /// <param name="problem">Why they cannot be used; null when they can, or there are none.</param>
    public static IReadOnlyList<PassedSocket> Find(Func<string, string?> environment, out string? problem)
    {
        problem = null;
        // Another number is that of a process before this one, which was meant.
        if (environment(Process) != Environment.ProcessId.ToString(CultureInfo.InvariantCulture) || environment(Count) is not { } text || !ProcessCalls.Is64BitLinux)
            return [];
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count > MaxCount)
        {
            problem = $"{Count}: '{text}' is no number of sockets from 0 to {MaxCount}.";
            return [];
        }

        string[] names = environment(Names)?.Split(':') ?? [];
        List<PassedSocket> sockets = [];
        for (int i = 0; i < count; i++)
        {
            int descriptor = First + i;
            string name = i < names.Length ? names[i] : "";
            if (InheritedDescriptors.FindListeningAddress(descriptor) is not { } address)
            {
                problem = $"{Count}: descriptor {descriptor} ('{name}') is no TCP socket that listens; in the socket unit, write ListenStream=ADDRESS:PORT and Accept=no.";
                return [];
            }

            InheritedDescriptors.KeepFromChildren(descriptor);
            sockets.Add(new PassedSocket(descriptor, name, address));
        }

        return sockets;
    }
}
