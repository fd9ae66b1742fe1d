using System.Net;
using System.Net.Sockets;

namespace Shacache.Http.Gateway;

/// <summary>Connects to an origin: resolves its name, checks every address, and connects to one of those very addresses.</summary>
/// <remarks>
/// A check before the connection, with a second resolution in between, could be answered with two different addresses (DNS
/// rebinding). One bad address refuses the name: a name that is public and private at once is a trick, or a mistake.
/// </remarks>
internal sealed class OriginConnector(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> mayConnect)
{
    public OriginConnector(GatewayOptions options)
        : this(static (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken), options.AllowPrivateAddresses ? static _ => true : PublicAddress.IsPublic)
    {
    }

    /// <exception cref="GatewayException">The host has an address that must not be connected to.</exception>
    /// <exception cref="SocketException">The name is unknown, or nobody listens.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        DnsEndPoint origin = context.DnsEndPoint;
        IPAddress[] addresses = IPAddress.TryParse(origin.Host, out IPAddress? literal)
            ? [literal]
            : await resolve(origin.Host, cancellationToken);
        if (!addresses.All(mayConnect))
            throw new GatewayException(GatewayProblems.NotPublic(origin.Host));

        SocketException failure = new((int)SocketError.HostNotFound);
        foreach (IPAddress address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, origin.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                failure = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw failure;
    }
}
