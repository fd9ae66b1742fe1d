using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Transport;

namespace Shacache.Http.Answers;

/// <summary>The body of an answer over HTTP/2, which is reset when the client takes it more slowly than the minimum rate.</summary>
/// <remarks>A client that opens no window takes nothing, however fast its connection is. How much of a step was taken is not known before all of it was, hence the steps are small.</remarks>
internal sealed class PacedBody(IHttpResponseBodyFeature body, IHttpResetFeature stream, IClientConnection? connection, MinDataRate? rate, TimeProvider time)
    : ForwardedBody(body), IDisposable
{
    /// <summary>With the nine bytes before it, a frame of this length fills a block of memory, and a record of TLS.</summary>
    public const int StepBytes = TransportExtensions.FrameBytes - 9;

    // RFC 9113, section 7: the other side behaves in a way that may generate excessive load.
    private const int EnhanceYourCalm = 11;

    /// <summary>How often a stream is waited for once more, since its whole connection is slow: that one is measured by itself.</summary>
    private const int MaxDeferrals = 3;

    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long _writtenBytes;
    private long? _waitingSince;
    private int _deferrals;
    private ITimer? _timer;
    private volatile bool _isCut;

    /// <summary>Called once for each step that the client has not taken at the next look, while it is waited for.</summary>
    public Action? OnWait { get; set; }

    /// <summary>Whether that was called for the last step.</summary>
    public bool HasWaited { get; private set; }

    /// <summary>Whether the rest of the answer goes nowhere: it was reset for its slowness, or the client has left.</summary>
    public bool IsCut => _isCut;

    public override Task CompleteAsync() => PaceAsync(Inner.CompleteAsync());

    public override void Advance(int bytes)
    {
        _writtenBytes += bytes;
        Inner.Writer.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<FlushResult> flush = Inner.Writer.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully)
            return PaceAsync(flush);
        _writtenBytes = 0;
        FlushResult taken = flush.Result;
        _isCut |= taken.IsCompleted;
        return new ValueTask<FlushResult>(taken);
    }

    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ReadOnlyMemory<byte> step = source[..Math.Min(StepBytes, source.Length)];
            _writtenBytes += step.Length;
            FlushResult taken = await PaceAsync(Inner.Writer.WriteAsync(step, cancellationToken));
            source = source[step.Length..];
            if (source.IsEmpty || taken.IsCompleted || taken.IsCanceled)
                return taken;
        }
    }

    public void Dispose() => _timer?.Dispose();

    private async ValueTask<FlushResult> PaceAsync(ValueTask<FlushResult> taking)
    {
        Begin();
        try
        {
            FlushResult taken = await taking;
            _isCut |= taken.IsCompleted;
            return taken;
        }
        finally
        {
            End();
        }
    }

    private async Task PaceAsync(Task taking)
    {
        if (!taking.IsCompleted)
            Begin();
        try
        {
            await taking;
        }
        finally
        {
            End();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            HasWaited = false;
            _deferrals = 0;
            _waitingSince = time.GetTimestamp();
            _timer ??= time.CreateTimer(static body => ((PacedBody)body!).Look(), this, LookPeriod, LookPeriod);
        }
    }

    private void End()
    {
        lock (_gate)
            _waitingSince = null;
        _writtenBytes = 0;
    }

    /// <summary>As the web server reckons for connections: a step may take as long as the rate gives its bytes, and the period of grace at least.</summary>
    private void Look()
    {
        // Held to the end of the call: the owner, told that the step is waited for, may rely on it.
        lock (_gate)
        {
            if (_waitingSince is not { } since || _isCut)
                return;
            if (!HasWaited && OnWait is { } onWait)
            {
                HasWaited = true;
                onWait();
            }

            if (rate is null || time.GetElapsedTime(since).TotalSeconds < Math.Max(rate.GracePeriod.TotalSeconds, _writtenBytes / rate.BytesPerSecond))
                return;
            if (connection is { IsSending: true } && _deferrals++ < MaxDeferrals)
            {
                _waitingSince = time.GetTimestamp();
                return;
            }

            _isCut = true;
        }

        stream.Reset(EnhanceYourCalm);
    }
}
