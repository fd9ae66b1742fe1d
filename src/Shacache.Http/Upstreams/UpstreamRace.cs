using System.Net;

namespace Shacache.Http.Upstreams;

/// <summary>Asks upstreams one after the other, and the next one beside the last when that is slow to begin. The first that has it wins.</summary>
internal sealed class UpstreamRace(TimeSpan hedgeDelay, TimeProvider time)
{
    /// <param name="request">What they are asked.</param>
    /// <param name="candidates">The upstreams, in this order.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task<UpstreamVerdict> RunAsync(UpstreamRequest request, IReadOnlyList<Upstream> candidates, CancellationToken cancellationToken)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Contender> running = [];
        UpstreamException? failure = null;
        try
        {
            for (int next = 0; next < candidates.Count || running.Count > 0;)
            {
                if (running.Count == 0)
                    running.Add(Start(request, candidates[next++], rest.Token));
                Contender? first = await FindFirstAsync(running, hasNext: next < candidates.Count, rest.Token);
                if (first is null)
                {
                    // All are slow so far: one more beside them.
                    running.ForEach(contender => contender.IsSlow = true);
                    running.Add(Start(request, candidates[next++], rest.Token));
                    continue;
                }

                running.Remove(first);
                first.Patience.Dispose();
                try
                {
                    UpstreamAnswer answer = await first.Answer;
                    if (answer.IsFound)
                        return new UpstreamVerdict.Found(answer);
                    Upstream upstream = answer.Upstream;
                    if (answer.Response.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.GatewayTimeout))
                        failure ??= new UpstreamException(upstream, UpstreamTrouble.BadAnswer, $"The upstream {upstream.Name} answered {(int)answer.Response.StatusCode}.");
                    answer.Dispose();
                }
                catch (UpstreamException e)
                {
                    // A peer has copies only: what it would have said decides nothing.
                    if (!e.Upstream.Options.IsPeer)
                        failure ??= e;
                }

                if (running.Count > 0 && next < candidates.Count)
                    running.Add(Start(request, candidates[next++], rest.Token));
            }

            return failure is null ? new UpstreamVerdict.Missing() : new UpstreamVerdict.Failed(failure);
        }
        finally
        {
            // The slow ones lose patience before all are stopped: they are to learn why.
            foreach (Contender loser in running)
                _ = DropAsync(loser);
            await rest.CancelAsync();
        }
    }

    private static Contender Start(UpstreamRequest request, Upstream upstream, CancellationToken cancellationToken)
    {
        var patience = new CancellationTokenSource();
        return new Contender(patience, upstream.SendAsync(request, patience.Token, cancellationToken));
    }

    /// <returns>Null when none has answered and the next one is to be asked.</returns>
    private async Task<Contender?> FindFirstAsync(List<Contender> running, bool hasNext, CancellationToken cancellationToken)
    {
        Task any = Task.WhenAny(running.Select(contender => contender.Answer));
        if (hasNext)
        {
            try
            {
                await any.WaitAsync(hedgeDelay, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
        else
        {
            await any.WaitAsync(cancellationToken);
        }

        return running.First(contender => contender.Answer.IsCompleted);
    }

    /// <summary>An upstream that was slow and is not waited for counts as failed: else one that hangs would cost each request its wait.</summary>
    private static async Task DropAsync(Contender loser)
    {
        if (loser.IsSlow)
            await loser.Patience.CancelAsync();
        try
        {
            (await loser.Answer).Dispose();
        }
        catch (Exception e) when (e is OperationCanceledException or UpstreamException or HttpRequestException)
        {
            // It is not waited for any more.
        }
        finally
        {
            loser.Patience.Dispose();
        }
    }
}

/// <summary>One of the upstreams that are asked side by side.</summary>
/// <param name="patience">Cancelled when it is not waited for any longer because it took too long.</param>
/// <param name="answer">What it will say.</param>
internal sealed class Contender(CancellationTokenSource patience, Task<UpstreamAnswer> answer)
{
    public CancellationTokenSource Patience { get; } = patience;

    public Task<UpstreamAnswer> Answer { get; } = answer;

    /// <summary>Whether another one was asked because this one did not begin.</summary>
    public bool IsSlow { get; set; }
}

/// <summary>What came of asking the upstreams.</summary>
internal abstract record UpstreamVerdict
{
    private UpstreamVerdict()
    {
    }

    /// <summary>One has it.</summary>
    /// <param name="Answer">To be disposed.</param>
    public sealed record Found(UpstreamAnswer Answer) : UpstreamVerdict;

    /// <summary>Each of them answered, and none has it.</summary>
    public sealed record Missing : UpstreamVerdict;

    /// <summary>None has it as far as is known, and one that might have it did not answer.</summary>
    /// <param name="Failure">The first failure.</param>
    public sealed record Failed(UpstreamException Failure) : UpstreamVerdict;
}
