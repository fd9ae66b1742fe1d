using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Shacache.Testing;

/// <summary>Finds ports on loopback for servers that end and start again on the same one.</summary>
public static class FixedPort
{
    // Below those that systems give to connections and to who asks for any port: one of those may be taken while its server is down.
    private const int First = 20_000;
    private const int End = 32_000;

    private static readonly ConcurrentDictionary<int, bool> Given = [];

    /// <summary>A port that nothing listens on, and that nothing else of this process was given; at random, so that other processes find others.</summary>
    public static int Find()
    {
        for (int attempts = 1; ; attempts++)
        {
            int number = Random.Shared.Next(First, End);
            try
            {
                using var port = new ClosedPort(number);
                if (Given.TryAdd(number, true))
                    return number;
            }
            catch (SocketException) when (attempts < 100)
            {
                // It is in use.
            }
        }
    }
}
