using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Shacache.Testing;

/// <summary>Addresses of this machine that a test has to itself.</summary>
/// <remarks>
/// A port of 127.0.0.1 without a listener may be given to any caller that asks for a free one, in this process or another. On an
/// address of its own it waits for its server, and nothing answers there once that is gone.
/// </remarks>
public static class OwnLoopback
{
    /// <summary>One of the sixteen million that Linux has; elsewhere there is one for all.</summary>
    public static IPAddress NewAddress()
    {
        if (!OperatingSystem.IsLinux())
            return IPAddress.Loopback;
        byte[] bytes = RandomNumberGenerator.GetBytes(4);
        return new IPAddress([127, (byte)(1 + (bytes[1] % 254)), bytes[2], (byte)(1 + (bytes[3] % 254))]);
    }

    /// <summary>Such an address, and a port for a server that starts later, or more than once.</summary>
    public static IPEndPoint NewEndPoint()
    {
        using var probe = new TcpListener(NewAddress(), 0);
        probe.Start();
        return (IPEndPoint)probe.LocalEndpoint;
    }
}
