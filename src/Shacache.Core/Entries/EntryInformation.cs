using System.Buffers;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Messages;

namespace Shacache.Core.Entries;

/// <summary>The checks on the signed JSON text of an entry (docs/protocol.md, "Directory").</summary>
internal static class EntryInformation
{
    /// <summary>Levels of nesting that are accepted.</summary>
    public const int MaxDepth = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks the text and takes out what a store must know.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    public static string? FindProblem(string information, out Digest digest, out DateTimeOffset? expiresAt)
    {
        digest = default;
        expiresAt = null;
        if (information.StartsWith('\uFEFF'))
            return "The information begins with a byte order mark.";

        byte[] buffer = ArrayPool<byte>.Shared.Rent(StrictUtf8.GetMaxByteCount(information.Length));
        try
        {
            return Read(buffer.AsSpan(0, StrictUtf8.GetBytes(information, buffer)), out digest, out expiresAt);
        }
        catch (EncoderFallbackException)
        {
            return "The information holds a lone surrogate.";
        }
        catch (JsonException e)
        {
            return Describe("The information", e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What is wrong with a text that is not JSON, and where, on one line.</summary>
    internal static string Describe(string what, JsonException e)
    {
        // The reader appends the place in words of its own.
        int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string message = end < 0 ? e.Message : e.Message[..end];
        return $"{what} is not JSON (line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}): {OneLine(message)}";
    }

    /// <summary>The message on one line.</summary>
    internal static string OneLine(string message) => Printable.Of(message.ReplaceLineEndings(" "));

    /// <summary>False for an escaped lone surrogate, which the reader itself lets pass. The bytes are known to be UTF-8.</summary>
    internal static bool IsWellFormedText(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped || reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            return true;
        try
        {
            reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? Read(ReadOnlySpan<byte> utf8, out Digest digest, out DateTimeOffset? expiresAt)
    {
        digest = default;
        expiresAt = null;
        bool hasDigest = false;
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject))
                return "The information is not a JSON object.";
            if (!IsWellFormedText(ref reader))
                return "The information holds a lone surrogate.";
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
                continue;

            if (reader.ValueTextEquals("sha512"u8))
            {
                if (hasDigest)
                    return "The information has two members sha512.";
                hasDigest = true;
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || !IsWellFormedText(ref reader) || !Digest.TryParse(reader.GetString(), out digest))
                    return $"Member sha512 of the information is not a text of {Digest.HexLength} hexadecimal digits.";
            }
            else if (reader.ValueTextEquals("expiration_date"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || !IsWellFormedText(ref reader) ||
                    !IsoDate.TryParse(reader.GetString(), out DateTimeOffset date))
                {
                    return "Member expiration_date of the information is not an ISO 8601 date.";
                }

                expiresAt = date;
            }
        }

        return hasDigest ? null : "The information has no member sha512.";
    }
}
