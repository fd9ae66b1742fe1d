using System.Net.Sockets;
using Shacache.Cli.Configuration.Values;
using Shacache.Cli.Serving;

namespace Shacache.Tests.Serving;

public sealed class ListenTroubleTests
{
    [Theory]
    [InlineData(SocketError.AccessDenied, "cannot listen on http://127.0.0.1:80: permission denied; a port below 1024 needs root, the capability CAP_NET_BIND_SERVICE (AmbientCapabilities of a systemd unit), or another --listen.")]
    [InlineData(SocketError.AddressNotAvailable, "cannot listen on http://127.0.0.1:80, http://127.0.0.1:8080: this machine has no such address; --listen names one that it has, or '*' for all.")]
    [InlineData(SocketError.AddressAlreadyInUse, "cannot listen on http://127.0.0.1:80, http://127.0.0.1:8080: address already in use; end the program that uses it, or name another port with --listen.")]
    public void Explain_SocketError_NamesPlaceReasonAndRemedy(SocketError error, string expected)
    {
        ListenAddress.TryParse("http://127.0.0.1:80", out ListenAddress? low);
        ListenAddress.TryParse("http://127.0.0.1:8080", out ListenAddress? high);
        Assert.Equal(expected, ListenTrouble.Explain(new SocketException((int)error), [low!, high!]));
    }
}
