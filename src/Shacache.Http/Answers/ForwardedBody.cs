using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Shacache.Http.Answers;

/// <summary>The body of an answer, which passes everything on to the web server's own. For what watches the bytes on their way.</summary>
internal abstract class ForwardedBody(IHttpResponseBodyFeature body) : PipeWriter, IHttpResponseBodyFeature
{
    public Stream Stream => field ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => Inner.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => Inner.Writer.UnflushedBytes;

    protected IHttpResponseBodyFeature Inner { get; set; } = body;

    public override Memory<byte> GetMemory(int sizeHint = 0) => Inner.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => Inner.Writer.GetSpan(sizeHint);

    public override void Advance(int bytes) => Inner.Writer.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => Inner.Writer.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => Inner.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => Inner.Writer.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => Inner.Writer.CompleteAsync(exception);

    public void DisableBuffering() => Inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => Inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        Inner.SendFileAsync(path, offset, count, cancellationToken);

    public virtual Task CompleteAsync() => Inner.CompleteAsync();
}
