using System.Buffers.Text;
using System.Text;

namespace Shacache.Benchmarks.Load;

/// <summary>What the generator must know of an answer's head.</summary>
internal readonly record struct ResponseHead(int Status, int HeadBytes, long BodyBytes)
{
    /// <summary>Reads a head.</summary>
    /// <returns>False when it is not complete yet.</returns>
    /// <exception cref="LoadException">It has no Content-Length, which both servers give for everything measured here.</exception>
    public static bool TryParse(ReadOnlySpan<byte> received, out ResponseHead head)
    {
        head = default;
        int end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        ReadOnlySpan<byte> text = received[..(end + 2)];
        if (text.Length < 13 || !Utf8Parser.TryParse(text.Slice(9, 3), out int status, out _))
            throw new LoadException("not an HTTP answer: " + Encoding.Latin1.GetString(text));
        int at = text.IndexOf("\r\nContent-Length: "u8);
        if (at < 0)
            at = text.IndexOf("\r\ncontent-length: "u8);
        if (at < 0 || !Utf8Parser.TryParse(text[(at + 18)..], out long bodyBytes, out _))
            throw new LoadException("an answer without Content-Length: " + Encoding.Latin1.GetString(text));
        head = new ResponseHead(status, end + 4, bodyBytes);
        return true;
    }
}
