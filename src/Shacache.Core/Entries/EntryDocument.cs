using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Shacache.Core.Entries;

/// <summary>The two JSON documents of the directory: the pair that is put, and the list of pairs that is got (docs/protocol.md, "Directory").</summary>
public static class EntryDocument
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = EntryInformation.MaxDepth };

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads the body of a PUT: an array of exactly two strings.</summary>
    /// <param name="utf8">The whole body; the caller bounds its length.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParsePair(
        ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out SignedEntry? entry, [NotNullWhen(false)] out string? problem)
    {
        entry = null;
        if (utf8.StartsWith("\uFEFF"u8))
        {
            problem = "The body begins with a byte order mark.";
            return false;
        }

        if (!Utf8.IsValid(utf8))
        {
            problem = "The body is not valid UTF-8.";
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, ReaderOptions);
            reader.Read();
            if (!TryReadPair(ref reader, out string? information, out string? signature, out problem))
                return false;
            if (reader.Read())
            {
                problem = "The body continues after the JSON array.";
                return false;
            }

            return SignedEntry.TryCreate(information, signature, out entry, out problem);
        }
        catch (JsonException e)
        {
            problem = EntryInformation.Describe("The body", e);
            return false;
        }
    }

    /// <summary>Reads a listing, leaving out what is malformed in it.</summary>
    /// <param name="utf8">The whole body; the caller bounds its length.</param>
    /// <param name="problems">One line for each pair that was left out.</param>
    /// <param name="isCut">Whether the body is only the beginning of a listing: then the pairs that are whole are read, and that the others are missing is no problem.</param>
    /// <returns>The well-formed pairs in their order; null when the body is no JSON array at all.</returns>
    public static IReadOnlyList<SignedEntry>? ParseListing(ReadOnlySpan<byte> utf8, out IReadOnlyList<string> problems, bool isCut = false)
    {
        List<string> found = [];
        problems = found;
        List<SignedEntry> entries = [];
        if (isCut)
            utf8 = utf8[..FindEndOfLastPair(utf8)];
        if (!Utf8.IsValid(utf8))
        {
            found.Add("The answer is not valid UTF-8.");
            return null;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, isFinalBlock: !isCut, new JsonReaderState(ReaderOptions));
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                found.Add("The answer is not a JSON array.");
                return null;
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                int depth = reader.CurrentDepth;
                if (TryReadPair(ref reader, out string? information, out string? signature, out string? problem) &&
                    SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out problem))
                {
                    entries.Add(entry);
                    continue;
                }

                found.Add(problem);
                SkipTo(ref reader, depth);
            }

            if (reader.Read())
            {
                found.Add("The answer continues after the JSON array.");
                return null;
            }

            return entries;
        }
        catch (JsonException e)
        {
            found.Add(EntryInformation.Describe("The answer", e));
            return null;
        }
    }

    /// <summary>Writes the body of a PUT.</summary>
    public static void WritePair(IBufferWriter<byte> destination, SignedEntry entry)
    {
        using var writer = new Utf8JsonWriter(destination, WriterOptions);
        WritePair(writer, entry);
    }

    /// <summary>Writes a listing.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="entries">Those that matter most first.</param>
    /// <param name="enoughBytes">The rest is left out once it is as long as that; the first entry never is.</param>
    /// <returns>The number of entries in it.</returns>
    public static int WriteListing(IBufferWriter<byte> destination, IEnumerable<SignedEntry> entries, long enoughBytes = long.MaxValue)
    {
        using var writer = new Utf8JsonWriter(destination, WriterOptions);
        int count = 0;
        writer.WriteStartArray();
        foreach (SignedEntry entry in entries)
        {
            if (count > 0 && writer.BytesCommitted + writer.BytesPending >= enoughBytes)
                break;
            WritePair(writer, entry);
            count++;
        }

        writer.WriteEndArray();
        return count;
    }

    private static void WritePair(Utf8JsonWriter writer, SignedEntry entry)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(entry.Information);
        writer.WriteStringValue(entry.Signature);
        writer.WriteEndArray();
    }

    private static bool TryReadPair(
        ref Utf8JsonReader reader,
        [NotNullWhen(true)] out string? information,
        [NotNullWhen(true)] out string? signature,
        [NotNullWhen(false)] out string? problem)
    {
        information = null;
        signature = null;
        problem = "The pair is not a JSON array of exactly two strings.";
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        bool malformed = false;
        information = ReadText(ref reader, ref malformed);
        signature = information is null ? null : ReadText(ref reader, ref malformed);
        if (malformed)
            problem = "The pair holds a lone surrogate.";
        if (information is null || signature is null || !reader.Read() || reader.TokenType != JsonTokenType.EndArray)
            return false;
        problem = null;
        return true;
    }

    private static string? ReadText(ref Utf8JsonReader reader, ref bool malformed)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            return null;
        malformed |= !EntryInformation.IsWellFormedText(ref reader);
        return malformed ? null : reader.GetString();
    }

    /// <summary>Where the last complete member ends in a listing that was cut off.</summary>
    private static int FindEndOfLastPair(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, isFinalBlock: false, new JsonReaderState(ReaderOptions));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                return utf8.Length;
            long end = reader.BytesConsumed;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray && reader.TrySkip())
                end = reader.BytesConsumed;
            return (int)end;
        }
        catch (JsonException)
        {
            // A reader finds the same problem and reports it.
            return utf8.Length;
        }
    }

    /// <summary>Goes to the end of the listing's current member, which began at <paramref name="depth"/>.</summary>
    private static void SkipTo(ref Utf8JsonReader reader, int depth)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
            reader.Skip();
        while (reader.CurrentDepth > depth && reader.Read())
        {
        }
    }
}
