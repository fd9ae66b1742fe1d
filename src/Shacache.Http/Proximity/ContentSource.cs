using System.Net;
using System.Net.Http.Headers;
using Microsoft.Net.Http.Headers;
using Shacache.Http.Transfers;
using Shacache.Http.Upstreams;

namespace Shacache.Http.Proximity;

/// <summary>The bytes of an object as an upstream sends them. When it breaks off, they go on from where they stopped, there or at the next one.</summary>
internal sealed class ContentSource : ForwardStream
{
    /// <summary>So often in a row an answer may bring nothing new.</summary>
    private const int MaxFruitlessAnswers = 3;

    private const int SkipBytes = 64 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly UpstreamSet _upstreams;
    private readonly IReadOnlyList<Upstream> _candidates;
    private readonly UpstreamRequest _request;
    private readonly UpstreamMetrics _metrics;
    private readonly TimeProvider _time;
    private UpstreamAnswer _answer;
    private Stream? _body;
    private long _offset;
    private long _lastProgress;
    private int _fruitlessAnswers;

    /// <param name="upstreams">The upstreams.</param>
    /// <param name="candidates">Those that may have it.</param>
    /// <param name="request">What they are asked.</param>
    /// <param name="answer">The first answer.</param>
    /// <param name="metrics">Where bytes are counted.</param>
    /// <param name="time">The clock.</param>
    public ContentSource(
        UpstreamSet upstreams, IReadOnlyList<Upstream> candidates, UpstreamRequest request, UpstreamAnswer answer, UpstreamMetrics metrics, TimeProvider time)
    {
        _upstreams = upstreams;
        _candidates = candidates;
        _request = request;
        _answer = answer;
        _metrics = metrics;
        _time = time;
        First = answer.Upstream;
        LengthBytes = answer.Response.Content.Headers.ContentLength;
        _lastProgress = time.GetTimestamp();
    }

    /// <summary>Who sent its beginning.</summary>
    public Upstream First { get; }

    /// <summary>Its length; null when the first answer did not say.</summary>
    public long? LengthBytes { get; }

    /// <exception cref="UpstreamException">It broke off, and nobody has the rest.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Exception failure;
            try
            {
                int count = await ReadSomeAsync(buffer, cancellationToken);
                if (count > 0)
                {
                    _offset += count;
                    _fruitlessAnswers = 0;
                    _lastProgress = _time.GetTimestamp();
                    _metrics.NoteReceived(_answer.Upstream.Name, count);
                    return count;
                }

                if (LengthBytes is null || _offset == LengthBytes)
                    return 0;
                failure = new EndOfStreamException("The answer ended early.");
            }
            catch (Exception e) when (e is IOException or TimeoutException or HttpRequestException or ObjectDisposedException)
            {
                failure = e;
            }

            await ResumeAsync(failure, cancellationToken);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_body is not null)
            await _body.DisposeAsync();
        _answer.Dispose();
        await base.DisposeAsync();
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        _body ??= await _answer.Response.Content.ReadAsStreamAsync(cancellationToken);
        try
        {
            return await StallLimit.ReadAsync(_body, buffer, _answer.Upstream.Options.StallTimeout, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Whoever reads on after that gets a new answer.
            await _body.DisposeAsync();
            throw;
        }
    }

    private async Task ResumeAsync(Exception failure, CancellationToken cancellationToken)
    {
        string reason = failure is TimeoutException ? "sends nothing any more" : "broke off";
        UpstreamException broken = new(
            _answer.Upstream, failure is TimeoutException ? UpstreamTrouble.TimedOut : UpstreamTrouble.Unreachable,
            $"The upstream {_answer.Upstream.Name} {reason} after {_offset} bytes.", failure);
        await _answer.Upstream.NoteFailureAsync(broken.Trouble, broken.Message, cancellationToken);
        for (TimeSpan pause = TimeSpan.Zero; ; pause = Longer(pause))
        {
            if (_fruitlessAnswers >= MaxFruitlessAnswers || _time.GetElapsedTime(_lastProgress) > _answer.Upstream.Options.StallTimeout + pause)
                throw broken;
            await Task.Delay(pause, _time, cancellationToken);
            UpstreamVerdict verdict = await _upstreams.AskAsync(RequestRest(), _candidates, cancellationToken);
            if (verdict is UpstreamVerdict.Missing)
                throw broken;
            if (verdict is UpstreamVerdict.Found { Answer: var answer })
            {
                _fruitlessAnswers++;
                if (await TryContinueAsync(answer, cancellationToken))
                    return;
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) =>
        pause == TimeSpan.Zero ? FirstPause : TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, 2 * pause.Ticks));

    private UpstreamRequest RequestRest() => _request with
    {
        FirstByte = _offset,
        IfRangeOf = _answer.Upstream.Name,
        IfRange = _answer.Response.Headers.NonValidated.TryGetValues(HeaderNames.ETag, out HeaderStringValues tags) &&
            tags.Count == 1 && tags.ToString() is ['"', ..] strong ? strong : null,
    };

    /// <summary>Takes an answer over, if it is of the same length and can be brought to where the last one broke.</summary>
    private async Task<bool> TryContinueAsync(UpstreamAnswer answer, CancellationToken cancellationToken)
    {
        HttpContentHeaders headers = answer.Response.Content.Headers;
        bool isRest = answer.Response.StatusCode == HttpStatusCode.PartialContent;
        bool fits = isRest
            ? headers.ContentRange is { From: { } from, Length: var total } && from == _offset && (total ?? LengthBytes) == LengthBytes
            : LengthBytes is null || headers.ContentLength is null || headers.ContentLength == LengthBytes;
        if (!fits)
        {
            answer.Dispose();
            return false;
        }

        if (_body is not null)
            await _body.DisposeAsync();
        _answer.Dispose();
        _answer = answer;
        _body = null;
        return isRest || await TrySkipAsync(cancellationToken);
    }

    /// <summary>An upstream that knows no ranges begins anew. What is here already is dropped: the digest judges the whole.</summary>
    private async Task<bool> TrySkipAsync(CancellationToken cancellationToken)
    {
        byte[] dropped = new byte[SkipBytes];
        try
        {
            for (long left = _offset; left > 0;)
            {
                int count = await ReadSomeAsync(dropped.AsMemory(0, (int)Math.Min(left, SkipBytes)), cancellationToken);
                if (count == 0)
                    return false;
                left -= count;
                _lastProgress = _time.GetTimestamp();
            }

            return true;
        }
        catch (Exception e) when (e is IOException or TimeoutException or HttpRequestException)
        {
            return false;
        }
    }
}
