using Shacache.Client.Configuration;

namespace Shacache.Client.Accounts;

/// <summary>A server with accounts, and the credential of the caller.</summary>
/// <remarks>
/// Every request except the one for an account needs a credential: a client certificate in <see cref="Tls"/>, or a token, or user and password in
/// the URL. The Unix socket on the server's own machine needs none: the right to open it makes the caller its operator.
/// </remarks>
public sealed record AccountServer
{
    private static readonly CacheUrl SocketUrl = CacheUrl.Parse("http://admin.invalid");

    private AccountServer(CacheUrl url) => Url = url;

    /// <summary>Base URL, such as <c>https://cache.example.org</c>.</summary>
    public CacheUrl Url { get; private init; }

    /// <summary>Path of the Unix socket that is used instead of the network; null for the network.</summary>
    public string? SocketPath { get; private init; }

    /// <summary>The client certificate, and the CA that the server's certificate must come from.</summary>
    public TlsFiles Tls { get; init; } = new();

    /// <summary>Timeouts, retries and proxy; its servers, keys and files are not used.</summary>
    public NetworkCacheOptions Limits { get; init; } = new();

    /// <summary>A server on the network.</summary>
    public static AccountServer At(CacheUrl url) => new(url);

    /// <summary>The server on this machine whose data folder has this socket, <c>admin.sock</c>.</summary>
    public static AccountServer AtSocket(string path) => new(SocketUrl) { SocketPath = path };

    /// <summary>The same server, asked with an account's token.</summary>
    /// <exception cref="FormatException">That is not a token. The message does not hold it.</exception>
    public AccountServer WithToken(string token) => this with { Url = Url.WithToken(token) };
}
