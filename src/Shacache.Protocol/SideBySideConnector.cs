using System.Net;
using System.Net.Sockets;

namespace Shacache.Protocol;

/// <summary>Connects to a host by all its addresses, side by side (RFC 8305): one that does not answer costs a quarter of a second, not the whole time-out.</summary>
/// <remarks>
/// The families take turns, beginning with the one that the resolver prefers. The next address is tried after <see cref="NextAttemptDelay"/>, or
/// at once when an attempt failed. The first connection wins, and the others are closed. The limit of time is the caller's: <see cref="SocketsHttpHandler.ConnectTimeout"/>.
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

    /// <summary>Resolves names as the system does, and connects to whatever they lead to.</summary>
    public SideBySideConnector()
        : this(static (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken))
    {
    }

    /// <summary>Connects; for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="SocketException">The name is unknown, or none of its addresses can be connected to.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        DnsEndPoint server = context.DnsEndPoint;
        IPAddress[] addresses = IPAddress.TryParse(server.Host, out IPAddress? literal)
            ? [literal]
            : await resolve(server.Host, cancellationToken).ConfigureAwait(false);
        check?.Invoke(server.Host, addresses);
        IPEndPoint[] candidates = [.. Interleave(addresses).Take(MaxAddresses).Select(address => new IPEndPoint(address, server.Port))];
        Socket socket = candidates.Length == 1
            ? await ConnectAsync(candidates[0], cancellationToken).ConfigureAwait(false)
            : await RaceAsync(candidates, cancellationToken).ConfigureAwait(false);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static IEnumerable<IPAddress> Interleave(IPAddress[] addresses)
    {
        AddressFamily? preferred = addresses.FirstOrDefault()?.AddressFamily;
        return addresses.GroupBy(address => address.AddressFamily == preferred)
            .SelectMany(family => family.Select((address, turn) => (Address: address, Turn: turn, IsPreferred: family.Key)))
            .OrderBy(one => one.Turn).ThenBy(one => !one.IsPreferred).Select(one => one.Address);
    }

    private static async Task<Socket> RaceAsync(IPEndPoint[] candidates, CancellationToken cancellationToken)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<Socket>> running = [];
        SocketException failure = new((int)SocketError.HostNotFound);
        try
        {
            for (int next = 0; next < candidates.Length || running.Count > 0;)
            {
                if (next < candidates.Length)
                    running.Add(ConnectAsync(candidates[next++], rest.Token));
                Task<Socket>? first = await FindFirstAsync(running, hasNext: next < candidates.Length, rest.Token).ConfigureAwait(false);

                // With the caller's own token, by which the caller knows a time-out.
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
                    throw new OperationCanceledException(cancellationToken);
                }
                catch (SocketException e)
                {
                    // That nobody listens there says more than that there is no way to another address.
                    if (failure.SocketErrorCode != SocketError.ConnectionRefused)
                        failure = e;
                }
            }

            throw failure;
        }
        finally
        {
            await rest.CancelAsync().ConfigureAwait(false);
            foreach (Task<Socket> loser in running)
                _ = CloseAsync(loser);
        }
    }

    /// <returns>Null when none is through and the next one is to be tried.</returns>
    private static async Task<Task<Socket>?> FindFirstAsync(List<Task<Socket>> running, bool hasNext, CancellationToken cancellationToken)
    {
        Task<Task<Socket>> any = Task.WhenAny(running);
        if (hasNext)
            await Task.WhenAny(any, Task.Delay(NextAttemptDelay, cancellationToken)).ConfigureAwait(false);
        else
            await any.ConfigureAwait(false);
        return any.IsCompleted ? await any.ConfigureAwait(false) : null;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task CloseAsync(Task<Socket> loser)
    {
        try
        {
            (await loser.ConfigureAwait(false)).Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It lost anyway.
        }
    }
}
