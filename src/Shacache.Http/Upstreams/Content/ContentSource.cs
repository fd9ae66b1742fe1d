using System.Net;
using System.Net.Http.Headers;
using Shacache.Core.Transfers;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams.Content;

/// <summary>The bytes of an object as an upstream sends them. When it breaks off, they go on from where they stopped, there or at the next one.</summary>
internal sealed class ContentSource : ForwardStream
{
    /// <summary>So often in a row an upstream's answer may bring nothing new.</summary>
    private const int MaxFruitlessAnswers = 2;

    private const int SkipBytes = 64 * 1024;
    private static readonly Backoff Pauses = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));

    private readonly UpstreamSet _upstreams;
    private readonly List<Upstream> _candidates;
    private readonly Dictionary<Upstream, int> _fruitlessAnswers = [];
    private readonly UpstreamRequest _request;
    private readonly UpstreamMetrics _metrics;
    private readonly TimeProvider _time;
    private UpstreamAnswer _answer;
    private readonly RetryAllowance _retries;
    private Stream? _body;
    private TransferPace _pace;
    private long _offset;
    private long? _brokenAt;
    private bool _isGivenUp;

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
        _candidates = [.. candidates];
        _request = request;
        _answer = answer;
        _metrics = metrics;
        _time = time;
        First = answer.Upstream;
        LengthBytes = answer.Response.Content.Headers.ContentLength;
        _pace = First.NewPace();

        // Each of them may fall silent once, and one of them a second time.
        _retries = new RetryAllowance((candidates.Count + 1) * candidates.Append(First).Max(upstream => upstream.Options.Limits.StallTimeout));
    }

    /// <summary>Who sent its beginning.</summary>
    public Upstream First { get; }

    /// <summary>Its length; null when the first answer did not say.</summary>
    public long? LengthBytes { get; }

    /// <summary>Whether another answer gave it another length: then it is not known which of them is wrong.</summary>
    public bool IsLengthDisputed { get; private set; }

    /// <exception cref="UpstreamException">It broke off, and no upstream has the rest.</exception>
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
                    NoteProgress();
                    _retries.Earn(count);
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
            return await _pace.ReadAsync(_body, buffer, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // A reader that goes on after that, for one whose store failed, gets a new answer.
            _isGivenUp = true;
            await _body.DisposeAsync();
            throw;
        }
    }

    private void NoteProgress()
    {
        _fruitlessAnswers.Clear();
        _brokenAt = null;
    }

    private async Task ResumeAsync(Exception failure, CancellationToken cancellationToken)
    {
        Upstream culprit = _answer.Upstream;
        bool isSilent = failure is TimeoutException;
        UpstreamException broken = new(
            culprit, isSilent ? UpstreamTrouble.TimedOut : UpstreamTrouble.Unreachable,
            $"The upstream {culprit.Name} {(isSilent ? "sends next to nothing any more" : "broke off")} after {_offset} bytes.", failure);

        // The upstream that was given up here did nothing wrong; three such would make that it is left alone.
        if (!_isGivenUp)
            await culprit.NoteFailureAsync(broken.Trouble, broken.Message, cancellationToken);
        _isGivenUp = false;

        if (!_retries.TrySpend(_pace.Waited))
            throw broken;

        // An upstream that broke off may well go on; one that fell silent is asked last.
        if (_candidates.Remove(culprit) && _fruitlessAnswers.GetValueOrDefault(culprit) < MaxFruitlessAnswers)
            _candidates.Insert(isSilent ? _candidates.Count : 0, culprit);
        _brokenAt ??= _time.GetTimestamp();
        long resumedAt = _time.GetTimestamp();
        for (int attempts = 0; _candidates.Count > 0; attempts++)
        {
            if (attempts > 0 && _time.GetElapsedTime(_brokenAt.Value) > culprit.Options.Limits.StallTimeout)
                throw broken;
            await Task.Delay(Pauses.After(attempts), _time, cancellationToken);
            UpstreamVerdict verdict = await _upstreams.AskAsync(RequestRest(), _candidates, cancellationToken);
            if (verdict is UpstreamVerdict.Missing)
                throw broken;
            if (verdict is not UpstreamVerdict.Found { Answer: var answer })
                continue;
            _fruitlessAnswers[answer.Upstream] = _fruitlessAnswers.GetValueOrDefault(answer.Upstream) + 1;
            if (await TryContinueAsync(answer, cancellationToken))
            {
                if (!_retries.TrySpend(_time.GetElapsedTime(resumedAt)))
                    throw broken;
                return;
            }

            if (_fruitlessAnswers[answer.Upstream] >= MaxFruitlessAnswers)
                _candidates.Remove(answer.Upstream);
        }

        throw broken;
    }

    private UpstreamRequest RequestRest() => _request with
    {
        FirstByte = _offset,
        IfRangeOf = _answer.Upstream.Name,
        IfRange = ResumePoint.FindTag(_answer.Response),
    };

    /// <summary>Takes an answer over, if it is of the same length and can be brought to where the last one broke.</summary>
    private async Task<bool> TryContinueAsync(UpstreamAnswer answer, CancellationToken cancellationToken)
    {
        HttpContentHeaders headers = answer.Response.Content.Headers;
        bool isRest = answer.Response.StatusCode == HttpStatusCode.PartialContent;
        bool fits = isRest
            ? new ResumePoint(_offset, LengthBytes).IsContinuedBy(headers.ContentRange)
            : LengthBytes is null || headers.ContentLength is null || headers.ContentLength == LengthBytes;
        if (!fits)
        {
            IsLengthDisputed |= LengthBytes is not null && LengthBytes != (isRest ? headers.ContentRange?.Length : headers.ContentLength);
            _candidates.Remove(answer.Upstream);
            answer.Dispose();
            return false;
        }

        if (_body is not null)
            await _body.DisposeAsync();
        _answer.Dispose();
        _answer = answer;
        _body = null;
        _pace = answer.Upstream.NewPace();
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
            }

            return true;
        }
        catch (Exception e) when (e is IOException or TimeoutException or HttpRequestException)
        {
            return false;
        }
    }
}
