using System.Text;
using System.Text.Json;

namespace Shacache.Http.Remotes.Json;

/// <summary>Single values of JSON.</summary>
internal static class JsonText
{
    /// <summary>A text as JSON has it, with its quotes.</summary>
    public static byte[] Quote(string text) => Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text)}\"");

    /// <summary>The text of a member of an object; null when it has none.</summary>
    public static string? FindMember(ReadOnlySpan<byte> item, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(item);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMeant = reader.ValueTextEquals(name);
            reader.Read();
            if (isMeant && reader.TokenType == JsonTokenType.String)
                return reader.GetString();
            reader.TrySkip();
        }

        return null;
    }
}
