using System.Net.Sockets;
using System.Text;

namespace Shacache.Cli.Serving.Systemd;

/// <summary>The service manager that started this process and wants to know how it is doing: sd_notify(3).</summary>
/// <param name="path">Its socket; one that begins with <c>@</c> has its name in the abstract name space.</param>
internal sealed class ServiceManager(string path)
{
    /// <summary>Names the socket.</summary>
    public const string Variable = "NOTIFY_SOCKET";

    // Long enough for a manager that is busy; a start must not wait for one that is stuck.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The one that the environment names; null when none wants to know anything.</summary>
    public static ServiceManager? Find(Func<string, string?> environment) =>
        environment(Variable) is ['/' or '@', _, ..] path && OperatingSystem.IsLinux() ? new ServiceManager(path) : null;

    /// <summary>The server listens, and what it does now.</summary>
    public string? TellReady(string status) => Tell($"READY=1\nSTATUS={status}");

    /// <summary>The server ends, and what it waits for.</summary>
    public string? TellStopping(string status) => Tell($"STOPPING=1\nSTATUS={status}");

    /// <summary>The server answers.</summary>
    public string? TellAlive() => Tell("WATCHDOG=1");

    /// <summary>Sends assignments, one a line.</summary>
    /// <returns>Why that was not possible; null when it was. The server is none the worse for it.</returns>
    private string? Tell(string assignments)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = (int)Patience.TotalMilliseconds };
            socket.SendTo(Encoding.UTF8.GetBytes(assignments), new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
            return null;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return $"{Variable} {path}: {e.Message}";
        }
    }
}
