using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Transport;

namespace Shacache.Http.Answers;

/// <summary>A request and its answer, as they are counted: bytes, where the request went, and how it came out. The one place where metrics and the access log learn that.</summary>
/// <remarks>
/// It is the body of the answer at the same time, and so it is found again in the request without a look-up of its own. A connection of HTTP/1 has one for all
/// of its requests: counting allocates nothing.
/// </remarks>
internal sealed class Exchange : ForwardedBody
{
    private Exchange(IHttpResponseBodyFeature body)
        : base(body)
    {
    }

    /// <summary>Bytes of the body of the answer that were handed over so far. Those of an answer to HEAD are counted and never sent.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Bytes of the body of the request that were read so far, dropped ones among them.</summary>
    public long ReceivedBytes { get; private set; }

    /// <summary>Where the request went.</summary>
    public RequestPlace Place { get; set; } = RequestPlace.Unknown;

    /// <summary>Whether what was asked for was here.</summary>
    public CacheOutcome Outcome { get; set; }

    /// <summary>Whether other caches had what was asked for, when they were needed.</summary>
    public CacheOutcome UpstreamOutcome { get; set; }

    /// <summary>Which cache a key belongs to: <c>download</c> or <c>binary</c>; null when no key was asked for.</summary>
    public string? KeyCache { get; set; }

    /// <summary>Whether it joined a transfer that was under way.</summary>
    public bool IsCoalesced { get; set; }

    /// <summary>Whether a part of a file was passed on that could not be compared with what the file must be.</summary>
    public bool IsUnverified { get; set; }

    /// <summary>Why it was refused; null when it was not.</summary>
    public string? RefusalReason { get; set; }

    /// <summary>That of a request; null when it is not counted.</summary>
    public static Exchange? Of(HttpContext context) => context.Features.Get<IHttpResponseBodyFeature>() as Exchange;

    /// <summary>Begins to count a request. What else replaces the body of the answer must have done so.</summary>
    /// <param name="context">The request.</param>
    /// <param name="connection">Its connection, which has no other request at the same time; null when it may have, or is not known.</param>
    public static Exchange Begin(HttpContext context, IClientConnection? connection)
    {
        IHttpResponseBodyFeature body = context.Features.Get<IHttpResponseBodyFeature>()!;
        if (connection?.Exchange is Exchange exchange)
            exchange.Reset(body);
        else
            exchange = new Exchange(body);
        connection?.Exchange = exchange;
        context.Features.Set<IHttpResponseBodyFeature>(exchange);
        return exchange;
    }

    /// <summary>Counts bytes of the body of the request.</summary>
    public void NoteReceived(long bytes) => ReceivedBytes += bytes;

    public override void Advance(int bytes)
    {
        WrittenBytes += bytes;
        Inner.Writer.Advance(bytes);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        WrittenBytes += source.Length;
        return Inner.Writer.WriteAsync(source, cancellationToken);
    }

    private void Reset(IHttpResponseBodyFeature body)
    {
        Inner = body;
        WrittenBytes = 0;
        ReceivedBytes = 0;
        Place = RequestPlace.Unknown;
        Outcome = CacheOutcome.None;
        UpstreamOutcome = CacheOutcome.None;
        KeyCache = null;
        IsCoalesced = false;
        IsUnverified = false;
        RefusalReason = null;
    }
}

/// <summary>Where requests go: one of a few, whatever clients ask for.</summary>
/// <param name="surface">The surface, as metrics call it.</param>
/// <param name="route">The pattern of its paths; null when there is none.</param>
internal sealed class RequestPlace(string surface, string? route)
{
    /// <summary>No path of the server, or a request that was refused before its path was looked at.</summary>
    public static readonly RequestPlace Unknown = new("other", null);

    private static int _last;

    /// <inheritdoc cref="RequestPlace(string, string?)"/>
    public string Surface => surface;

    /// <inheritdoc cref="RequestPlace(string, string?)"/>
    public string? Route => route;

    /// <summary>Tells it from all others of the process.</summary>
    public int Number { get; } = Interlocked.Increment(ref _last);
}

/// <summary>Whether a cache had what was asked for.</summary>
internal enum CacheOutcome
{
    /// <summary>It was not asked, or refused to answer.</summary>
    None,

    /// <summary>It had it.</summary>
    Hit,

    /// <summary>It had it not.</summary>
    Miss,

    /// <summary>It had an old copy, and could not, or did not, ask for a newer one.</summary>
    Stale,
}
