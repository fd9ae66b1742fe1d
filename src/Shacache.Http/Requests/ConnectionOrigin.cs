using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Requests;

/// <summary>Where a request came from, and who could read it on its way.</summary>
internal static class ConnectionOrigin
{
    private const string Local = "local";

    /// <summary>Whether it came through the socket in the data folder.</summary>
    public static bool IsOperator(HttpContext context) => context.Features.Get<OperatorConnection>() is not null;

    /// <summary>Whether it could not be read on its way: TLS, or it never left this machine.</summary>
    public static bool IsConfidential(HttpContext context) =>
        context.Request.IsHttps || context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(Unmapped(address));

    /// <summary>Whether a browser sent it for a page, which may be of any site.</summary>
    public static bool IsWebPage(HttpContext context) => context.Request.Headers.Origin.Count > 0;

    /// <summary>As the audit log calls it.</summary>
    public static string Describe(HttpContext context) =>
        IsOperator(context) || context.Connection.RemoteIpAddress is not { } address ? Local : Unmapped(address).ToString();

    /// <summary>The same, but of an IPv6 address the /64: a client with one address of it has all of them.</summary>
    public static string DescribeNetwork(HttpContext context)
    {
        if (IsOperator(context) || context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(address) ||
            Unmapped(address) is not { AddressFamily: AddressFamily.InterNetworkV6 } full)
        {
            return Describe(context);
        }

        byte[] bytes = full.GetAddressBytes();
        bytes.AsSpan(bytes.Length / 2).Clear();
        return $"{new IPAddress(bytes)}/64";
    }

    /// <summary>An IPv4 address as such, also where the socket takes both kinds.</summary>
    public static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

/// <summary>Marks connections that came through the socket in the data folder.</summary>
internal sealed class OperatorConnection
{
    public static readonly OperatorConnection Mark = new();
}
