using System.Text.Json;
using Shacache.Cli.Errors;
using Shacache.Core.Entries;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Entries;

/// <summary>Entries in a file: one pair, as it is put, or a listing, as a server sends it.</summary>
internal static class SavedEntries
{
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>Reads the file.</summary>
    /// <param name="path">A file or a pipe.</param>
    /// <param name="warn">Told of each malformed entry of a listing; the others are read.</param>
    public static IReadOnlyList<SignedEntry> Read(string path, Action<string> warn)
    {
        byte[] json = ReadBytes(path);
        if (BeginsWithText(path, json))
        {
            return EntryDocument.TryParsePair(json, out SignedEntry? entry, out string? problem)
                ? [entry]
                : throw Unusable(path, problem);
        }

        IReadOnlyList<SignedEntry> entries = EntryDocument.ParseListing(json, out IReadOnlyList<string> problems)
            ?? throw Unusable(path, problems.Count > 0 ? problems[^1] : "it is neither a pair [information, signature] nor a list of such pairs.");
        foreach (string problem in problems)
            warn($"{path}: an entry is left out: {problem}");
        return entries.Count > 0 ? entries : throw Unusable(path, "no well-formed entry is in it.");
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            using var content = new MemoryStream();
            byte[] piece = new byte[64 * 1024];
            int read;
            while ((read = file.Read(piece)) > 0)
            {
                content.Write(piece, 0, read);
                if (content.Length > MaxBytes)
                    throw Unusable(path, $"it has more than {MaxBytes} bytes.");
            }

            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"cannot read the saved entry {path}: {FileTrouble.Explain(e, path)}.", e);
        }
    }

    /// <summary>A pair is an array of texts, a listing one of arrays.</summary>
    private static bool BeginsWithText(string path, byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
                return reader.Read() && reader.TokenType == JsonTokenType.String;
        }
        catch (JsonException)
        {
            // Said below, without the text of a file that may be anything.
        }

        throw Unusable(path, "it is no JSON array.");
    }

    private static CommandFailedException Unusable(string path, string problem) =>
        new(ExitCode.Error, $"{path} holds no entry that could be verified: {problem} Save one as {{dir}}/KEY answers it.");
}
