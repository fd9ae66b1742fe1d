using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Answers;

namespace Shacache.Http.AccessLogs;

/// <summary>The body of an answer, whose bytes are counted as they are handed over: the one place where the access log learns how many there were.</summary>
internal sealed class CountedBody(IHttpResponseBodyFeature body) : ForwardedBody(body)
{
    /// <summary>The bytes that were handed over so far.</summary>
    public long WrittenBytes { get; private set; }

    public override void Advance(int bytes)
    {
        WrittenBytes += bytes;
        base.Advance(bytes);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        WrittenBytes += source.Length;
        return Inner.Writer.WriteAsync(source, cancellationToken);
    }
}
