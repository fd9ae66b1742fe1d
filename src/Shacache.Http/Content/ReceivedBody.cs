using Microsoft.AspNetCore.Http;
using Shacache.Core.Transfers;
using Shacache.Http.Answers;

namespace Shacache.Http.Content;

/// <summary>The body of an upload, whose bytes are counted as they come.</summary>
internal sealed class ReceivedBody(Stream body, Exchange exchange) : ForwardStream
{
    /// <summary>That of a request.</summary>
    public static Stream Of(HttpContext context) => Exchange.Of(context) is { } exchange ? new ReceivedBody(context.Request.Body, exchange) : context.Request.Body;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await body.ReadAsync(buffer, cancellationToken);
        exchange.NoteReceived(count);
        return count;
    }
}
