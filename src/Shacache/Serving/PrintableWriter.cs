using System.Text;
using Shacache.Core.Messages;

namespace Shacache.Cli.Serving;

/// <summary>The server's log as it is written: one message a line, and what clients chose in it is escaped, whatever message it is in.</summary>
internal sealed class PrintableWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value) => inner.Write(Lines(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => inner.Write($"{Lines(value)}\n");

    public override void Flush() => inner.Flush();

    // Loggers put a message on one line, so what is left of line ends is ours. In one call: other threads write as well.
    private static string Lines(string? text) => string.Join('\n', (text ?? "").Split('\n').Select(Printable.Of));
}
