using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Protocol.Tests;

/// <summary>Hosts of which some addresses are dead. A client that waits for a dead one until the system gives it up exceeds the connect timeout of these tests.</summary>
public sealed class SideBySideConnectorTests
{
    /// <summary>The system itself gives a connection up after two minutes.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Get_FirstAddressesAreSilent_IsAnsweredByTheNext(int silentCount)
    {
        await using LoopbackServer server = NewTinyServer();
        using SilentPorts silent = new(silentCount, server.Port);

        Assert.Equal("here", await GetAsync(server.Port, [.. silent.Addresses, server.Address]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Get_FirstAddressesAcceptAndBeginNoTls_IsAnsweredByTheNext(int mutedCount)
    {
        using var authority = new TestAuthority();
        using var intermediate = X509Certificate2.CreateFromPem(authority.IntermediatePem);
        await using var server = new LeafServer(authority);

        // The system accepts for the listener.
        TcpListener[] muted = [.. Enumerable.Range(0, mutedCount).Select(_ => new TcpListener(OwnLoopback.NewAddress(), server.Url.Port))];
        Array.ForEach(muted, listener => listener.Start());
        IPAddress[] addresses = [.. muted.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Address), IPAddress.Loopback];
        using var client = new HttpMessageInvoker(HttpConnections.CreateHandler(
            TlsSettings.CreateForClient([authority.Root, intermediate]), new ConnectionSettings
            {
                ConnectTimeout = ConnectTimeout,
                Connector = new SideBySideConnector((_, _) => Task.FromResult(addresses)),
            }));

        using HttpResponseMessage answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"https://localhost:{server.Url.Port}/"), Token);

        Assert.Equal("file", await answer.Content.ReadAsStringAsync(Token));
        Array.ForEach(muted, listener => listener.Dispose());
    }

    [Fact]
    public async Task Get_CertificateOfAnotherName_IsRefused_WhateverTheOtherAddressesDo()
    {
        using var authority = new TestAuthority();
        using var intermediate = X509Certificate2.CreateFromPem(authority.IntermediatePem);
        await using var server = new LeafServer(authority);
        using var muted = new TcpListener(OwnLoopback.NewAddress(), server.Url.Port);
        muted.Start();
        IPAddress[] addresses = [IPAddress.Loopback, OwnLoopback.NewAddress(), ((IPEndPoint)muted.LocalEndpoint).Address];
        using var client = new HttpMessageInvoker(HttpConnections.CreateHandler(
            TlsSettings.CreateForClient([authority.Root, intermediate]), new ConnectionSettings
            {
                ConnectTimeout = ConnectTimeout,
                Connector = new SideBySideConnector((_, _) => Task.FromResult(addresses)),
            }));

        HttpRequestException e = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"https://several.example:{server.Url.Port}/"), Token));

        Assert.Equal(HttpRequestError.SecureConnectionError, e.HttpRequestError);
        Assert.Contains("RemoteCertificateNameMismatch", Assert.IsType<AuthenticationException>(e.InnerException).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_FirstAddressIsOfSilentIPv6_IsAnsweredByIPv4()
    {
        await using LoopbackServer server = NewTinyServer();
        using SilentPort silent = OpenIPv6(server.Port);

        Assert.Equal("here", await GetAsync(server.Port, [silent.EndPoint.Address, server.Address]));
    }

    [Fact]
    public async Task Get_FirstAddressesRefuse_IsAnsweredByTheNext()
    {
        await using LoopbackServer server = NewTinyServer();

        Assert.Equal("here", await GetAsync(server.Port, [.. Enumerable.Range(0, 8).Select(_ => OwnLoopback.NewAddress()), server.Address]));
    }

    [Fact]
    public async Task Get_FamiliesOfWhichOneIsDead_TakeTurns()
    {
        await using LoopbackServer server = NewTinyServer();

        // More than are tried: only in turn the other family is among them.
        IPAddress[] dead = [.. Enumerable.Range(1, SideBySideConnector.MaxAddresses).Select(number => IPAddress.Parse($"fd00:dead::{number:x}"))];
        Assert.Equal("here", await GetAsync(server.Port, [.. dead, server.Address]));
    }

    [Fact]
    public async Task Get_EveryAddressRefuses_SaysSo()
    {
        using var closed = new ClosedPort();

        HttpRequestException e = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(closed.Number, [IPAddress.Loopback, OwnLoopback.NewAddress()]));

        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(e.GetBaseException()).SocketErrorCode);
    }

    [Fact]
    public async Task Get_NameWithoutAddresses_IsUnknown()
    {
        HttpRequestException e = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(80, []));

        Assert.Equal(HttpRequestError.NameResolutionError, e.HttpRequestError);
    }

    [Fact]
    public async Task Get_EveryAddressIsSilent_EndsWithTheConnectTimeout()
    {
        using SilentPorts silent = new(2, port: 0);
        using HttpMessageInvoker client = Create(silent.Addresses, TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.SendAsync(Request(silent.Port), Token));
    }

    [Fact]
    public async Task Get_OneAddressMustNotBeConnectedTo_NoneIs()
    {
        await using LoopbackServer server = NewTinyServer();
        var connector = new SideBySideConnector(
            (_, _) => Task.FromResult<IPAddress[]>([server.Address, IPAddress.IPv6Loopback]),
            (host, addresses) => throw new InvalidOperationException($"{host} {addresses.Count}"));
        using var client = new HttpMessageInvoker(HttpConnections.CreateHandler(
            new SslClientAuthenticationOptions(), new ConnectionSettings { ConnectTimeout = ConnectTimeout, Connector = connector }));

        HttpRequestException e = await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(Request(server.Port), Token));

        Assert.Equal("several.example 2", Assert.IsType<InvalidOperationException>(e.InnerException).Message);
        Assert.Equal(0, server.ConnectionCount);
    }

    private static SilentPort OpenIPv6(int port)
    {
        try
        {
            return new SilentPort(IPAddress.IPv6Loopback, port);
        }
        catch (SocketException e)
        {
            Assert.Skip($"There is no IPv6 here, or its port is taken: {e.Message}");
            throw;
        }
    }

    private static HttpMessageInvoker Create(IEnumerable<IPAddress> addresses, TimeSpan connectTimeout) => new(HttpConnections.CreateHandler(
        new SslClientAuthenticationOptions(),
        new ConnectionSettings { ConnectTimeout = connectTimeout, Connector = new SideBySideConnector((_, _) => Task.FromResult(addresses.ToArray())) }));

    private static HttpRequestMessage Request(int port) => new(HttpMethod.Get, $"http://several.example:{port}/");

    private static async Task<string> GetAsync(int port, IPAddress[] addresses)
    {
        using HttpMessageInvoker client = Create(addresses, ConnectTimeout);
        using HttpResponseMessage answer = await client.SendAsync(Request(port), Token);
        return await answer.Content.ReadAsStringAsync(Token);
    }

    private sealed class SilentPorts : IDisposable
    {
        private readonly List<SilentPort> _ports = [];

        public SilentPorts(int count, int port)
        {
            for (int i = 0; i < count; i++)
                _ports.Add(new SilentPort(OwnLoopback.NewAddress(), port == 0 && i > 0 ? Port : port));
        }

        public int Port => _ports[0].EndPoint.Port;

        public IEnumerable<IPAddress> Addresses => _ports.Select(port => port.EndPoint.Address);

        public void Dispose() => _ports.ForEach(port => port.Dispose());
    }

    /// <summary>Answers "here" on every connection.</summary>
    private static LoopbackServer NewTinyServer() => new(
        async (socket, stop) =>
        {
            await using var client = new NetworkStream(socket);
            await client.ReadExactlyAsync(new byte["GET / HTTP/1.1\r\n".Length], stop);
            await client.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere"), stop);
            socket.Shutdown(SocketShutdown.Send);
            await client.CopyToAsync(Stream.Null, stop);
        },
        OwnLoopback.NewAddress());
}
