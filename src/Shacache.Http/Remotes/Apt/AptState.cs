using Shacache.Core.Blobs;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Apt;

/// <summary>A repository as one Release file describes it.</summary>
/// <param name="Folder">Where that is below the remote, with a slash at its end; empty for the remote's own folder.</param>
/// <param name="Place">The URL of the remote that it came from: the first that answered.</param>
/// <param name="Release">The Release file.</param>
/// <param name="Digest">Its content.</param>
internal sealed record AptState(string Folder, string Place, AptRelease Release, Digest Digest);

/// <summary>A client as it is told apart from others.</summary>
/// <param name="Connection">Its connection.</param>
/// <param name="Address">Its address.</param>
internal sealed record AptClient(string Connection, string Address)
{
    public static AptClient Of(RemoteRequest request) => new($"c {request.Connection}", $"a {request.Address}");
}

/// <summary>Which state each client was given last: it goes on asking for the indexes of that one by names that all states have.</summary>
internal sealed class AptClients(TimeProvider time)
{
    private const int MaxCount = 10_000;

    /// <summary>An update that takes longer begins anew.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Who, string Remote, string Folder), (Digest State, long At)> _handed = [];

    public void Note(AptClient client, Remote remote, string folder, Digest state)
    {
        lock (_gate)
        {
            // Clients that are never seen again cannot fill the memory.
            if (_handed.Count >= MaxCount)
                _handed.Clear();
            foreach (string who in (string[])[client.Connection, client.Address])
                _handed[(who, remote.Name, folder)] = (state, time.GetTimestamp());
        }
    }

    /// <returns>Null when it was given none in the last minutes.</returns>
    public Digest? Find(AptClient client, Remote remote, string folder)
    {
        lock (_gate)
        {
            foreach (string who in (string[])[client.Connection, client.Address])
            {
                if (_handed.TryGetValue((who, remote.Name, folder), out (Digest State, long At) found) && time.GetElapsedTime(found.At) < Memory)
                    return found.State;
            }

            return null;
        }
    }
}
