using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

/// <summary>A server whose gateway may fetch from the origins of a test.</summary>
internal static class GatewaySite
{
    public static OriginPattern Pattern(string text) => OriginPattern.TryParse(text, out OriginPattern? pattern) ? pattern : throw new FormatException(text);

    /// <summary>A server that may connect to loopback too, where the origins of tests are.</summary>
    public static Task<TestServer> StartAsync(GatewayOptions? options = null) =>
        TestServer.StartAsync(new CacheServerOptions { Gateway = options ?? new GatewayOptions { Origins = [Pattern("*:*")], AllowPrivateAddresses = true } });

    /// <summary>A server that takes 127.0.0.2 for the public internet, and has names for addresses.</summary>
    public static Task<TestServer> StartStrictAsync(params (string Name, string[] Addresses)[] names) => TestServer.StartAsync(
        new CacheServerOptions { Gateway = new GatewayOptions { Origins = [Pattern("*:*")] } },
        services: services => services.AddSingleton(new OriginConnector(
            (host, _) => Task.FromResult(names.Single(name => name.Name == host).Addresses.Select(IPAddress.Parse).ToArray()),
            address => address.Equals(IPAddress.Parse("127.0.0.2")) || PublicAddress.IsPublic(address))));
}
