using Microsoft.AspNetCore.Http;
using Shacache.Core.Upstreams;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Administration;

/// <summary>Asks each origin of each remote whether it is there.</summary>
internal sealed class RemoteProbe(RemoteTable remotes, OriginClient origins, TimeProvider time)
{
    /// <summary>Origins at once.</summary>
    private const int Parallelism = 8;

    public async Task<RemoteCheckDocument> RunAsync(CancellationToken cancellationToken)
    {
        (Remote Remote, IRemoteKind Kind, int Place)[] asked =
        [
            .. remotes.All.Where(one => !one.Remote.Options.IsOffline)
                .OrderBy(one => one.Remote.Name, StringComparer.Ordinal)
                .SelectMany(one => Enumerable.Range(0, one.Remote.Urls.Count).Select(place => (one.Remote, one.Kind, place))),
        ];
        var checks = new RemoteProbeDocument[asked.Length];
        await Parallel.ForAsync(
            0, asked.Length, new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (number, token) => checks[number] = await AskAsync(asked[number].Remote, asked[number].Kind, asked[number].Place, token));
        return new RemoteCheckDocument(checks);
    }

    private async ValueTask<RemoteProbeDocument> AskAsync(Remote remote, IRemoteKind kind, int place, CancellationToken cancellationToken)
    {
        OriginUrl url = remote.PlacesOf(kind.ProbedPath ?? "")[place];
        long askedAt = time.GetTimestamp();
        string? problem = null;
        try
        {
            using HttpResponseMessage answer = await origins.SendAsync(
                new OriginQuestion(HttpMethod.Head) { Credentials = remote.FindCredentials(url), FollowsAnywhere = true }, url, cancellationToken);
        }
        catch (GatewayException e) when (kind.ProbedPath is not null || e.Problem.Status != StatusCodes.Status404NotFound)
        {
            problem = e.Problem.Line;
        }
        catch (GatewayException)
        {
            // It has no page at the root of its index, and answers.
        }

        return new RemoteProbeDocument(remote.Name, remote.Options.Urls[place], problem, time.GetElapsedTime(askedAt).TotalMilliseconds);
    }
}
