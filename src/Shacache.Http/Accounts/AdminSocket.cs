using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Win32.SafeHandles;
using Shacache.Http.Requests;

namespace Shacache.Http.Accounts;

/// <summary>The Unix socket <c>admin.sock</c> in the data folder: the user that may open it, which is the server's own, is the operator.</summary>
public static class AdminSocket
{
    /// <summary>Name of the socket in the data folder.</summary>
    public const string FileName = "admin.sock";

    // What the address structure of the system holds, without the zero at its end (unix(7)).
    private const int MaxPathBytes = 107;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Takes away a socket that an earlier server left. The caller holds the lock of the folder, so no server listens there.</summary>
    /// <param name="dataFolder">The data folder, which exists.</param>
    /// <param name="path">The socket's path.</param>
    /// <returns>One line that says why there can be no socket; null when there can.</returns>
    public static string? Prepare(string dataFolder, out string path)
    {
        path = Path.Combine(dataFolder, FileName);
        if (OperatingSystem.IsWindows())
            return "Windows gives sockets no owner; administer over HTTPS";
        int length = Encoding.UTF8.GetByteCount(path);
        if (length > MaxPathBytes)
            return $"its path '{path}' has {length} bytes, and a socket's may have {MaxPathBytes}; name a shorter data folder, or administer over HTTPS";

        // A user that can write into the folder could put a socket of their own there, and be asked for tokens.
        if (File.GetUnixFileMode(dataFolder) is var mode &&
            mode.HasFlag(UnixFileMode.OtherWrite) && !mode.HasFlag(UnixFileMode.StickyBit))
        {
            return $"every user may write into '{dataFolder}'; take that right away (chmod o-w), or administer over HTTPS";
        }

        if (Directory.Exists(path) || (File.Exists(path) && new FileInfo(path).Length > 0))
            return $"'{path}' is there and is no socket; move it away";
        return TryBind(path);
    }

    /// <summary>Makes the socket once, and takes it away: a system, a service unit or a file system may have none.</summary>
    private static string? TryBind(string path)
    {
        try
        {
            File.Delete(path);
            using (Bind(new UnixDomainSocketEndPoint(path)))
                File.Delete(path);
            return null;
        }
        catch (Exception e) when (e is PlatformNotSupportedException or SocketException { SocketErrorCode: SocketError.AddressFamilyNotSupported })
        {
            return "the system gives this process no Unix sockets (in a systemd unit, RestrictAddressFamilies= needs AF_UNIX); administer over HTTPS";
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            return $"'{path}' cannot be made ({e.Message}); administer over HTTPS";
        }
    }

    /// <summary>Makes sockets that only their owner can open, from their first moment on. For the host of the server.</summary>
    public static void UseAdminSocket(this IWebHostBuilder host)
    {
        ArgumentNullException.ThrowIfNull(host);
        host.UseSockets(transport => transport.CreateBoundListenSocket = Bind);
    }

    /// <summary>Listens on the socket: plain HTTP/1.1, since nothing leaves the machine.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="path">What <see cref="Prepare"/> gave.</param>
    public static void ListenAdminSocket(this KestrelServerOptions kestrel, string path)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.ListenUnixSocket(path, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                connection.Features.Set(OperatorConnection.Mark);
                return next(connection);
            });
        });
    }

    private static Socket Bind(EndPoint endpoint)
    {
        if (OperatingSystem.IsWindows() || endpoint is not UnixDomainSocketEndPoint)
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Before it has a name: Linux gives the file the mode of the socket, so there is no moment in which others may open it.
            using (var handle = new SafeFileHandle(socket.Handle, ownsHandle: false))
                File.SetUnixFileMode(handle, OwnerOnly);
            socket.Bind(endpoint);
            File.SetUnixFileMode(endpoint.ToString()!, OwnerOnly);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
