using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Shacache.Core;

namespace Shacache.Protocol;

/// <summary>Connects to a host by all its addresses, side by side (RFC 8305): one that does not answer costs a quarter of a second, not the whole timeout.</summary>
/// <remarks>
/// The families take turns, beginning with the one that the resolver prefers. The next address is tried after <see cref="NextAttemptDelay"/>, or
/// at once when an attempt failed. The first connection wins, and the others are closed; for https it is one once TLS has begun, since an address that accepts
/// connections may be no more alive than one that does not. The limit of time is the caller's: <see cref="SocketsHttpHandler.ConnectTimeout"/>.
/// </remarks>
/// <param name="resolve">Finds the addresses of a host name.</param>
/// <param name="check">
/// Sees every address of a host before any connection is made, and throws when one of them must not be connected to. A check apart from this, with a second resolution in between,
/// could be answered with two different addresses (DNS rebinding).
/// </param>
public sealed class SideBySideConnector(Func<string, CancellationToken, Task<IPAddress[]>> resolve, Action<string, IReadOnlyList<IPAddress>>? check = null)
{
    /// <summary>The most addresses of one host that are tried: as many as their turn comes within five seconds.</summary>
    public const int MaxAddresses = 20;

    /// <summary>How long an attempt may take before the next address is tried beside it (RFC 8305, section 5).</summary>
    public static readonly TimeSpan NextAttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>How much longer it may take when it is connected and begins TLS, which takes several round trips.</summary>
    private static readonly TimeSpan HandshakeDelay = TimeSpan.FromSeconds(1);

    /// <summary>Resolves names as the system does, and connects to whatever they lead to.</summary>
    public SideBySideConnector()
        : this(static (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken))
    {
    }

    /// <summary>Connects; for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="SocketException">The name is unknown, or none of its addresses can be connected to.</exception>
    /// <exception cref="AuthenticationException">No address speaks TLS, or has a certificate that is trusted.</exception>
    /// <exception cref="IOException">A handshake broke off; or <see cref="Descriptors"/> has none left.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        DnsEndPoint server = context.DnsEndPoint;
        IPAddress[] addresses = IPAddress.TryParse(server.Host, out IPAddress? literal)
            ? [literal]
            : await resolve(server.Host, cancellationToken).ConfigureAwait(false);
        check?.Invoke(server.Host, addresses);
        IPEndPoint[] candidates = [.. Interleave(addresses).Take(MaxAddresses).Select(address => new IPEndPoint(address, server.Port))];
        SslClientAuthenticationOptions? handshake = NeedsHandshake(context) ? TlsSettings.ForHost(tls, server.Host) : null;
        return candidates.Length == 1
            ? await new Attempt().RunAsync(candidates[0], handshake, cancellationToken).ConfigureAwait(false)
            : await RaceAsync(candidates, handshake, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether TLS begins at once. To a proxy, whatever is asked through it, the web client begins it by itself.</summary>
    private static bool NeedsHandshake(SocketsHttpConnectionContext context) =>
        context.InitialRequestMessage is { RequestUri: { } url } request && url.Scheme == Uri.UriSchemeHttps && request.Method != HttpMethod.Connect &&
        url.IdnHost == context.DnsEndPoint.Host && url.Port == context.DnsEndPoint.Port;

    private static IEnumerable<IPAddress> Interleave(IPAddress[] addresses)
    {
        AddressFamily? preferred = addresses.FirstOrDefault()?.AddressFamily;
        return addresses.GroupBy(address => address.AddressFamily == preferred)
            .SelectMany(family => family.Select((address, turn) => (Address: address, Turn: turn, IsPreferred: family.Key)))
            .OrderBy(one => one.Turn).ThenBy(one => !one.IsPreferred).Select(one => one.Address);
    }

    private static async Task<Stream> RaceAsync(IPEndPoint[] candidates, SslClientAuthenticationOptions? handshake, CancellationToken cancellationToken)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Dictionary<Task<Stream>, Attempt> running = [];
        Exception failure = new SocketException((int)SocketError.HostNotFound);
        try
        {
            for (int next = 0; next < candidates.Length || running.Count > 0;)
            {
                if (next < candidates.Length)
                {
                    var attempt = new Attempt();
                    running.Add(attempt.RunAsync(candidates[next++], handshake, rest.Token), attempt);
                }

                Task<Stream>? first = await FindFirstAsync(running, hasNext: next < candidates.Length, rest.Token).ConfigureAwait(false);

                // With the caller's own token, by which the caller recognises a timeout.
                cancellationToken.ThrowIfCancellationRequested();
                if (first is null)
                    continue;
                running.Remove(first);
                try
                {
                    return await first.ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    // Its time was up.
                }
                catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
                {
                    if (Weight(e) >= Weight(failure))
                        failure = e;

                    // A timeout would lead the reader to look for the fault in the network.
                    if (e is AuthenticationException)
                        rest.CancelAfter(HandshakeDelay);
                }
            }

            throw failure;
        }
        finally
        {
            await rest.CancelAsync().ConfigureAwait(false);
            foreach (Task<Stream> loser in running.Keys)
                _ = CloseAsync(loser);
        }
    }

    /// <summary>Which of several failures says most: a certificate more than a refused connection, and that more than a missing route.</summary>
    private static int Weight(Exception failure) => failure switch
    {
        AuthenticationException => 2,
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => 1,
        _ => 0,
    };

    /// <returns>Null when none is through and the next one is to be tried.</returns>
    private static async Task<Task<Stream>?> FindFirstAsync(Dictionary<Task<Stream>, Attempt> running, bool hasNext, CancellationToken cancellationToken)
    {
        Task<Task<Stream>> any = Task.WhenAny(running.Keys);
        if (hasNext)
        {
            await Task.WhenAny(any, Task.Delay(NextAttemptDelay, cancellationToken)).ConfigureAwait(false);
            if (!any.IsCompleted && running.Values.Any(attempt => attempt.IsConnected))
                await Task.WhenAny(any, Task.Delay(HandshakeDelay, cancellationToken)).ConfigureAwait(false);
        }
        else
        {
            await any.ConfigureAwait(false);
        }

        return any.IsCompleted ? await any.ConfigureAwait(false) : null;
    }

    private static async Task CloseAsync(Task<Stream> loser)
    {
        try
        {
            await (await loser.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException or OperationCanceledException)
        {
            // It lost anyway.
        }
    }

    /// <summary>A connection to one address.</summary>
    private sealed class Attempt
    {
        private volatile bool _isConnected;

        /// <summary>Whether the address accepted the connection.</summary>
        public bool IsConnected => _isConnected;

        public async Task<Stream> RunAsync(IPEndPoint address, SslClientAuthenticationOptions? handshake, CancellationToken cancellationToken)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Stream? stream = null;
            try
            {
                Descriptors.Keep(socket.SafeHandle);
                await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
                _isConnected = true;
                stream = new NetworkStream(socket, ownsSocket: true);
                if (handshake is null)
                    return stream;
                var encrypted = new SslStream(stream);
                stream = encrypted;
                await encrypted.AuthenticateAsClientAsync(handshake, cancellationToken).ConfigureAwait(false);
                return encrypted;
            }
            catch
            {
                // Not asynchronously: TLS would wait for its closing message.
                stream?.Dispose();
                socket.Dispose();
                throw;
            }
        }
    }
}
