using System.IO.Pipelines;

namespace Shacache.Http.Connections;

/// <summary>A transport whose output goes straight to the socket.</summary>
internal sealed class SocketPipe(PipeReader input, SocketWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;
}
