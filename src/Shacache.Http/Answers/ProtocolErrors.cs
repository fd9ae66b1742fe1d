using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Transport;

namespace Shacache.Http.Answers;

/// <summary>Gives the errors that Kestrel answers by itself, before any request is dispatched, their line of text.</summary>
/// <remarks>
/// Kestrel announces each malformed request before it answers with a status alone, and then sends no second answer where one was begun. So the head comes
/// from Kestrel, with the right length, and no bytes of other answers are seen here.
/// </remarks>
internal sealed class ProtocolErrors(IMalformedRequests malformed) : DiagnosticSource
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";
    private const string Trimming = "The value is used as it is; no member is looked up by name.";

    public override bool IsEnabled(string name) => name == BadRequest;

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = Trimming)]
    [RequiresUnreferencedCode(Trimming)]
    public override void Write(string name, object? value)
    {
        // In the middle of HTTP/2 there is no moment at which the connection belongs to one answer.
        if (value is IFeatureCollection request && request.Get<IBadRequestExceptionFeature>()?.Error is BadHttpRequestException error &&
            request.Get<IHttpRequestFeature>() is { } asked && !HttpProtocol.IsHttp2(asked.Protocol) &&
            request.Get<IHttpResponseFeature>() is { HasStarted: false } response && request.Get<IHttpResponseBodyFeature>() is { } body &&
            request.Get<IConnectionTransportFeature>() is { } connection)
        {
            request.Get<IClientConnection>()?.Linger();
            int sentBytes = Answer(error.StatusCode, HttpMethods.IsHead(asked.Method), response, body, connection.Transport.Output);
            malformed.Note(asked, response.StatusCode, sentBytes);
        }
    }

    private static int Answer(int status, bool isHead, IHttpResponseFeature response, IHttpResponseBodyFeature body, PipeWriter output)
    {
        byte[] line = Encoding.ASCII.GetBytes(ErrorMapping.ProtocolLine(status) + "\n");

        // The request is at fault, not the server: what a monitor counts as 5xx is to be the server's own failures.
        response.StatusCode = status >= StatusCodes.Status500InternalServerError ? StatusCodes.Status400BadRequest : status;
        response.Headers.Clear();
        response.Headers.ContentType = "text/plain; charset=utf-8";
        response.Headers.Connection = "close";
        response.Headers.ContentLength = line.Length;

        // The response has no writer yet. After its head the connection is this answer's alone, as Kestrel closes it next.
        bool hasBody = body.StartAsync().IsCompletedSuccessfully && !isHead;
        if (hasBody)
            output.Write(line);
        _ = output.FlushAsync().AsTask();
        return hasBody ? line.Length : 0;
    }
}

/// <summary>Is told of requests that the web server answers by itself, since they are malformed or too slow.</summary>
internal interface IMalformedRequests
{
    /// <param name="request">What is known of the request.</param>
    /// <param name="status">The status of the answer.</param>
    /// <param name="sentBytes">Length of its body.</param>
    void Note(IHttpRequestFeature request, int status, int sentBytes);
}
