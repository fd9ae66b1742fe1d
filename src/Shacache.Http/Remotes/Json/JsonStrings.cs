using System.Buffers;
using System.Text.Json;

namespace Shacache.Http.Remotes.Json;

/// <summary>Copies a JSON document of any length in bounded memory, and replaces some of its texts. All else is copied byte for byte.</summary>
internal static class JsonStrings
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>No text that is longer, as it is written with its quotes, is one that is replaced: it is no URL.</summary>
    private const int MaxTextBytes = 8 * 1024;

    /// <summary>Copies.</summary>
    /// <param name="source">The document.</param>
    /// <param name="output">Gets it.</param>
    /// <param name="replace">Given a text that stands anywhere, what stands there instead; null to leave it.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async ValueTask CopyAsync(Stream source, Stream output, Func<string, string?> replace, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        byte[] text = new byte[MaxTextBytes];
        int textLength = 0;
        bool isInText = false;
        bool isEscaped = false;
        try
        {
            for (int count; (count = await source.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                int copied = 0;
                for (int i = 0; i < count; i++)
                {
                    byte one = buffer[i];
                    if (!isInText)
                    {
                        if (one != '"')
                            continue;
                        await output.WriteAsync(buffer.AsMemory(copied, i - copied), cancellationToken);
                        copied = i + 1;
                        isInText = true;
                        isEscaped = false;
                        text[0] = one;
                        textLength = 1;
                        continue;
                    }

                    copied = i + 1;
                    if (textLength == text.Length)
                    {
                        await output.WriteAsync(text.AsMemory(0, textLength), cancellationToken);
                        textLength = 0;
                    }

                    text[textLength++] = one;
                    if (one == '"' && !isEscaped)
                    {
                        isInText = false;
                        await output.WriteAsync(Replace(text.AsMemory(0, textLength), replace), cancellationToken);
                    }

                    isEscaped = one == '\\' && !isEscaped;
                }

                await output.WriteAsync(buffer.AsMemory(copied, count - copied), cancellationToken);
            }

            // A document that was cut off in a text is none, and stays as it came.
            if (isInText)
                await output.WriteAsync(text.AsMemory(0, textLength), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> text, Func<string, string?> replace)
    {
        // The end alone of a text that is too long.
        if (text.Span is not [(byte)'"', _, ..])
            return text;
        var reader = new Utf8JsonReader(text.Span);
        reader.Read();
        return replace(reader.GetString()!) is { } other ? JsonText.Quote(other) : text;
    }
}
