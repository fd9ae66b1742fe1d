using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;
using Shacache.Core;
using Shacache.Http.Logging;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams;

/// <summary>Another cache: asks it, watches its health, measures its latency.</summary>
internal sealed class Upstream : IDisposable
{
    private readonly TimeProvider _time;
    private readonly UpstreamMetrics _metrics;
    private readonly ILogger _logger;
    private readonly HttpSender _sender;
    private readonly TlsScope? _tls;
    private readonly ExchangeLimits _limits;
    private readonly UpstreamBreaker _breaker;
    private readonly LatencyEstimate _latency = new();
    private volatile bool _isFailing;

    public Upstream(UpstreamOptions options, UpstreamMetrics metrics, TimeProvider time, ILogger logger)
    {
        Options = options;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _sender = new HttpSender(new ConnectionSettings { ConnectTimeout = options.Limits.ConnectTimeout });
        _tls = options.Tls is { } tls ? new TlsScope(() => tls, tls.ClientCertificateContext is not null) : null;
        _limits = new ExchangeLimits
        {
            ConnectTimeout = options.Limits.ConnectTimeout,
            AnswerTimeout = options.Limits.ConnectTimeout + options.Limits.FirstByteTimeout,
            IncludesRedirects = true,
            StallTimeout = options.Limits.StallTimeout,
            MinBytesPerSecond = options.Limits.MinBytesPerSecond,
        };
        _breaker = new UpstreamBreaker(time, NoteBreak);
    }

    public UpstreamOptions Options { get; }

    public string Name => Options.Name;

    public bool IsLeftAlone => _breaker.IsOpen;

    /// <summary>How it is doing.</summary>
    public UpstreamState State => IsLeftAlone ? UpstreamState.LeftAlone : _isFailing ? UpstreamState.Failing : UpstreamState.Up;

    /// <summary>How long it takes to begin an answer, of late; 0 as long as that was not measured.</summary>
    public double LatencySeconds => _latency.Seconds;

    /// <summary>Its latency, divided by its weight; 0 as long as it was not measured, so that it soon is.</summary>
    public double WeightedLatency => _latency.Seconds / Options.Weight;

    /// <summary>Asks, and waits for the head of the answer.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="patience">Cancelled: it took too long, and counts as if it had not answered in time.</param>
    /// <param name="cancellationToken">Cancelled: it is no longer wanted, for whatever reason.</param>
    /// <exception cref="UpstreamException">There is no answer, or none of those that mean something.</exception>
    /// <exception cref="HttpRequestException">No descriptor is left for a connection, which says nothing about the upstream.</exception>
    public async Task<UpstreamAnswer> SendAsync(UpstreamRequest request, CancellationToken patience, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        try
        {
            UpstreamAnswer answer = await _breaker.ExecuteAsync(async token => await SendOnceAsync(request, patience, token), cancellationToken);
            TimeSpan latency = _time.GetElapsedTime(start);
            _latency.Add(latency);
            _metrics.NoteAnswer(Name, latency);
            _isFailing = false;
            return answer;
        }
        catch (BrokenCircuitException e)
        {
            throw new UpstreamException(this, UpstreamTrouble.LeftAlone, $"The upstream {Name} failed of late and is left alone for a moment.", e);
        }
        catch (UpstreamException e)
        {
            _isFailing = true;
            _metrics.NoteFailure(Name, e.Trouble);
            throw;
        }
    }

    /// <summary>Counts a failure that showed after the answer had begun.</summary>
    /// <remarks>What it sent of one thing, however bad, says nothing about the others: only trouble on the way makes that it is left alone.</remarks>
    public async ValueTask NoteFailureAsync(UpstreamTrouble trouble, string problem, CancellationToken cancellationToken)
    {
        _metrics.NoteFailure(Name, trouble);
        if (trouble is UpstreamTrouble.Unreachable or UpstreamTrouble.TimedOut)
            await _breaker.NoteAsync(new UpstreamException(this, trouble, problem) { IsSignOfIllness = true }, cancellationToken);
    }

    /// <summary>How soon the parts of one answer must come.</summary>
    public TransferPace NewPace() => new(Options.Limits.MinBytesPerSecond, Options.Limits.StallTimeout, _time);

    /// <summary>Starts the clock of one answer, or of its body.</summary>
    public ExchangeClock StartClock(CancellationToken cancellationToken) => new(_limits, _time, cancellationToken);

    public void Dispose() => _sender.Dispose();

    private async Task<UpstreamAnswer> SendOnceAsync(UpstreamRequest request, CancellationToken patience, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience, cancellationToken);
        using ExchangeClock clock = StartClock(stop.Token);
        try
        {
            return Judge(new UpstreamAnswer(this, await _sender.SendAsync(request.For(Options, _tls), clock)));
        }
        catch (RedirectException e)
        {
            throw new UpstreamException(this, UpstreamTrouble.BadAnswer, $"The upstream {Name} redirects {Describe(e)}.", e);
        }
        catch (OperationCanceledException e) when (patience.IsCancellationRequested || !cancellationToken.IsCancellationRequested)
        {
            throw new UpstreamException(this, UpstreamTrouble.TimedOut, $"The upstream {Name} did not answer in time.", e) { IsSignOfIllness = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !Descriptors.IsUsedUp(e))
        {
            throw new UpstreamException(this, UpstreamTrouble.Unreachable, $"The upstream {Name} cannot be reached, or broke off before it answered.", e)
            {
                IsSignOfIllness = e.GetBaseException() is not SocketException { SocketErrorCode: SocketError.ConnectionRefused },
            };
        }
    }

    private static string Describe(RedirectException redirect) => redirect.Problem switch
    {
        RedirectProblem.TooMany => $"more than {Redirects.Max} times",
        RedirectProblem.NoUrl => "to no URL",
        RedirectProblem.OtherScheme => $"to {redirect.Target!.Scheme}, which is neither http nor https",
        RedirectProblem.LeavesTlsWithSecret => "from https to http, which is not followed with credentials",
        _ => "from https to http, which is not followed for listings",
    };

    private UpstreamAnswer Judge(UpstreamAnswer answer)
    {
        int status = (int)answer.Response.StatusCode;
        bool isUsual = status is 200 or 206 or 404 or 405 or 410 or 416 or 501;

        // The digest and the signatures are of what was put there. It was not requested compressed.
        if (answer.IsFound && answer.Response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
        {
            answer.Dispose();
            throw new UpstreamException(this, UpstreamTrouble.BadAnswer, $"The upstream {Name} answered with a Content-Encoding, which it was not asked for.");
        }

        // A peer is asked for what it has; this is how it says that it has nothing (RFC 9111, section 5.2.1.7).
        if (isUsual || (Options.IsPeer && answer.Response.StatusCode == HttpStatusCode.GatewayTimeout))
            return answer;
        answer.Dispose();
        throw new UpstreamException(this, UpstreamTrouble.BadAnswer, $"The upstream {Name} answered {status}.")
        {
            // The others, such as the 502 of a cache whose own upstream has a bad copy, may be about this one thing.
            IsSignOfIllness = status is 503 or 429,
        };
    }

    private void NoteBreak(TimeSpan? duration)
    {
        if (duration is { } time)
            Log.UpstreamLeftAlone(_logger, Name, time);
        else
            Log.UpstreamIsBack(_logger, Name);
    }
}

/// <summary>How an upstream is doing.</summary>
internal enum UpstreamState
{
    /// <summary>It answered the last request, or none was sent yet.</summary>
    Up,

    /// <summary>It did not answer the last request, or not usefully.</summary>
    Failing,

    /// <summary>It failed so often that it is not asked for a while.</summary>
    LeftAlone,
}
