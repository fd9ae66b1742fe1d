using System.Net;
using Shacache.Protocol;

namespace Shacache.Http.Gateway.Origins;

/// <summary>Connects to an origin: resolves its name, checks every address, and connects to one of those very addresses.</summary>
/// <remarks>One bad address refuses the name: a name that is public and private at once is a trick, or a mistake.</remarks>
internal sealed class OriginConnector
{
    private readonly Func<IPAddress, bool> _mayConnect;

    public OriginConnector(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Func<IPAddress, bool> mayConnect)
    {
        _mayConnect = mayConnect;
        Connector = new SideBySideConnector(resolve, Check);
    }

    public OriginConnector(GatewayOptions options)
        : this(static (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken), options.AllowPrivateAddresses ? static _ => true : PublicAddress.IsPublic)
    {
    }

    /// <summary>Throws <see cref="GatewayException"/> when the host has an address that must not be connected to.</summary>
    public SideBySideConnector Connector { get; }

    private void Check(string host, IReadOnlyList<IPAddress> addresses)
    {
        if (!addresses.All(_mayConnect))
            throw new GatewayException(GatewayProblems.NotPublic(host));
    }
}
