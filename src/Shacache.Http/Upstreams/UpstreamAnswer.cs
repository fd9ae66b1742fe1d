using System.Net;
using Shacache.Http.Requests;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams;

/// <summary>The head of an upstream's answer; its body is yet to be read.</summary>
/// <param name="Upstream">Whose answer it is.</param>
/// <param name="Response">200 or 206; or that the thing is not there.</param>
internal sealed record UpstreamAnswer(Upstream Upstream, HttpResponseMessage Response) : IDisposable
{
    private const int BufferBytes = 16 * 1024;

    /// <summary>A body may take so many times as long as its next part may: a long listing over a slow line does, and what drips has an end.</summary>
    private const int MaxStalls = 10;

    public bool IsFound => Response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent;

    /// <summary>Reads a body that is short.</summary>
    /// <param name="body">Where to.</param>
    /// <param name="maxBytes">The longest that is read.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="UpstreamException">It is longer, takes too long, or breaks off.</exception>
    public async Task ReadAsync(PooledBuffer body, int maxBytes, string what, CancellationToken cancellationToken)
    {
        if (!await TryReadAsync(body, maxBytes, what, cancellationToken))
            throw new UpstreamException(Upstream, UpstreamTrouble.BadAnswer, $"The upstream {Upstream.Name} answered a {what} of more than {maxBytes} bytes.");
    }

    /// <summary>Reads a body as far as <paramref name="maxBytes"/>.</summary>
    /// <returns>Whether that is all of it.</returns>
    /// <exception cref="UpstreamException">It takes too long, or breaks off.</exception>
    public async Task<bool> TryReadAsync(PooledBuffer body, int maxBytes, string what, CancellationToken cancellationToken)
    {
        using ExchangeClock clock = Upstream.StartClock(cancellationToken);
        clock.EndWithin(MaxStalls * Upstream.Options.Limits.StallTimeout);
        try
        {
            await using Stream stream = await Response.Content.ReadAsStreamAsync(clock.Token);
            while (true)
            {
                int count = await clock.ReadAsync(stream, body.GetMemory(BufferBytes));
                if (count == 0)
                    return true;
                body.Advance(count);
                if (body.Written.Length > maxBytes)
                    return false;
            }
        }
        catch (OperationCanceledException e) when (!clock.IsCancelledByCaller)
        {
            throw new UpstreamException(Upstream, UpstreamTrouble.TimedOut, $"The upstream {Upstream.Name} did not send its {what} in time.", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new UpstreamException(Upstream, UpstreamTrouble.Unreachable, $"The upstream {Upstream.Name} broke off in the middle of a {what}.", e);
        }
    }

    /// <summary>Drops the connection, unless the body was read to its end.</summary>
    public void Dispose() => Response.Dispose();
}
