using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Errors;

namespace Shacache.Http.Connections;

/// <summary>Gives an error answer without a body its line of text.</summary>
/// <remarks>
/// Kestrel answers malformed requests itself, with <c>Content-Length: 0</c>, and offers no way to say more. Such an answer is
/// recognised when it begins a write, is an error, has no body, and closes the connection, so that no framing can suffer;
/// everything else passes untouched. The surfaces give every error of theirs a body, hence none of theirs matches.
/// The cost for other answers is a look at one byte of the status.
/// </remarks>
internal sealed class ErrorLineWriter(PipeWriter inner) : PipeWriter
{
    private const int StatusAt = 9;
    private Memory<byte> _offered;
    private bool _atStart = true;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _offered = inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (_atStart && bytes > StatusAt && _offered.Span[StatusAt] is (byte)'4' or (byte)'5')
            bytes = WithLine(_offered.Span, bytes);
        _atStart &= bytes == 0;
        _offered = default;
        inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _atStart = true;
        return inner.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        _atStart = true;
        return inner.WriteAsync(source, cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>Rewrites the answer in place when it is one of Kestrel's own.</summary>
    /// <returns>Its new length; the old one when nothing was changed.</returns>
    private static int WithLine(Span<byte> memory, int length)
    {
        ReadOnlySpan<byte> answer = memory[..length];
        ReadOnlySpan<byte> noBody = "\r\nContent-Length: 0\r\n"u8;
        int at = answer.IndexOf(noBody);
        bool isWhole = answer.StartsWith("HTTP/1.1 "u8) && answer.IndexOf("\r\n\r\n"u8) == length - 4;
        if (at < 0 || !isWhole || answer.IndexOf("\r\nConnection: close\r\n"u8) < 0 ||
            !int.TryParse(answer.Slice(StatusAt, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status))
        {
            return length;
        }

        string line = ErrorMapping.ProtocolLine(status) + "\n";
        byte[] tail = answer[(at + noBody.Length)..].ToArray();
        string fieldLines = $"\r\nContent-Length: {line.Length}\r\nContent-Type: text/plain; charset=utf-8\r\n";
        if (status is StatusCodes.Status501NotImplemented or StatusCodes.Status505HttpVersionNotsupported)
        {
            // The request is at fault, not the server: what a monitor counts as 5xx is to be the server's own failures.
            fieldLines = $"HTTP/1.1 400 Bad Request{fieldLines}";
            at = 0;
        }

        byte[] fields = Encoding.ASCII.GetBytes(fieldLines);
        int total = at + fields.Length + tail.Length + line.Length;
        if (total > memory.Length)
            return length;
        fields.CopyTo(memory[at..]);
        tail.CopyTo(memory[(at + fields.Length)..]);
        Encoding.ASCII.GetBytes(line, memory[(at + fields.Length + tail.Length)..]);
        return total;
    }
}
