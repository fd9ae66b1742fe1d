using System.IO.Pipelines;

namespace Shacache.Http.Connections;

/// <summary>A transport whose output goes through an <see cref="ErrorLineWriter"/>.</summary>
internal sealed class ErrorLinePipe(IDuplexPipe transport) : IDuplexPipe
{
    public PipeReader Input => transport.Input;

    public PipeWriter Output { get; } = new ErrorLineWriter(transport.Output);
}
