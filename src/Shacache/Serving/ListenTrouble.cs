using System.Net.Sockets;
using Shacache.Cli.Configuration.Values;

namespace Shacache.Cli.Serving;

/// <summary>Why the server cannot listen: the system says only what failed, not where, nor what would help.</summary>
internal static class ListenTrouble
{
    /// <summary>Ports below this one are for root, unless the system is told otherwise.</summary>
    private const int FirstFreePort = 1024;

    /// <param name="failure">What starting the server threw.</param>
    /// <param name="addresses">Where it was to listen.</param>
    public static string Explain(Exception failure, IReadOnlyList<ListenAddress> addresses)
    {
        SocketError? error = (failure as SocketException ?? failure.InnerException as SocketException ?? failure.InnerException?.InnerException as SocketException)?.SocketErrorCode;
        string all = string.Join(", ", addresses.Select(address => address.Text));
        string low = string.Join(", ", addresses.Where(address => address.Port is > 0 and < FirstFreePort).Select(address => address.Text));
        return error switch
        {
            SocketError.AccessDenied when low.Length > 0 =>
                $"cannot listen on {low}: permission denied; a port below {FirstFreePort} needs root, the capability CAP_NET_BIND_SERVICE " +
                "(AmbientCapabilities of a systemd unit), or another --listen.",
            SocketError.AccessDenied => $"cannot listen on {all}: permission denied.",
            SocketError.AddressNotAvailable => $"cannot listen on {all}: this machine has no such address; --listen names one that it has, or '*' for all.",
            SocketError.AddressAlreadyInUse => $"cannot listen on {all}: address already in use; end the program that uses it, or name another port with --listen.",
            _ => $"cannot listen on {all}: {failure.Message}",
        };
    }
}
