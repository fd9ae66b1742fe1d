using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Shacache.Client.Relocation.Moving;

/// <summary>Brings the list of a Python distribution's files up to date (<c>RECORD</c>: path, hash and length in each line, as CSV).</summary>
internal static class PythonRecord
{
    private const string HashName = "sha256=";

    /// <summary>Changes the lines of files that changed.</summary>
    /// <param name="path">Path of the list below the release's folder.</param>
    /// <param name="content">Its content.</param>
    /// <param name="checksums">Checksums of changed files, by the Latin-1 text of their paths.</param>
    /// <param name="isRemoved">Whether a file was left out.</param>
    /// <param name="changed">The new content.</param>
    /// <returns>False when no line changes.</returns>
    public static bool TryUpdate(
        byte[] path, byte[] content, ConcurrentDictionary<string, FileChecksum> checksums, Predicate<string> isRemoved, [NotNullWhen(true)] out byte[]? changed)
    {
        changed = null;
        // Paths are relative to the folder that the distribution is installed in.
        string[] folder = [.. Encoding.Latin1.GetString(path).Split('/').SkipLast(2)];
        string text = Encoding.Latin1.GetString(content);
        var updated = new StringBuilder(text.Length);
        bool isChanged = false;
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            string line = text[at..end];
            at = end;
            string? better = Update(line, folder, checksums, isRemoved);
            isChanged |= better is not null;
            updated.Append(better ?? line);
        }

        if (isChanged)
            changed = Encoding.Latin1.GetBytes(updated.ToString());
        return isChanged;
    }

    private static string? Update(string line, string[] folder, ConcurrentDictionary<string, FileChecksum> checksums, Predicate<string> isRemoved)
    {
        if (!TrySplit(line, out int nameEnd, out string? name) || Resolve(folder, name) is not { } file)
            return null;
        string[] rest = line[nameEnd..].TrimEnd('\r', '\n').Split(',');
        // A comma, the hash, the length.
        if (rest is not ["", { Length: > 0 } hash, _])
            return null;
        string ending = line[line.TrimEnd('\r', '\n').Length..];
        if (isRemoved(file))
            return $"{line[..nameEnd]},,{ending}";
        if (!checksums.TryGetValue(file, out FileChecksum? checksum))
            return null;
        // Another algorithm than the usual one is not kept up: no hash is right, a wrong one is not.
        string sha256 = Convert.ToBase64String(checksum.Sha256).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        return hash.StartsWith(HashName, StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{line[..nameEnd]},{HashName}{sha256},{checksum.LengthBytes}{ending}")
            : $"{line[..nameEnd]},,{ending}";
    }

    private static bool TrySplit(string line, out int nameEnd, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (!line.StartsWith('"'))
        {
            nameEnd = line.IndexOf(',', StringComparison.Ordinal);
            name = nameEnd > 0 ? line[..nameEnd] : null;
            return name is not null;
        }

        nameEnd = 1;
        while (nameEnd < line.Length && (line[nameEnd] != '"' || (nameEnd + 1 < line.Length && line[nameEnd + 1] == '"')))
            nameEnd += line[nameEnd] == '"' ? 2 : 1;
        if (nameEnd >= line.Length)
            return false;
        name = line[1..nameEnd].Replace("\"\"", "\"", StringComparison.Ordinal);
        nameEnd++;
        return true;
    }

    /// <summary>The path below the release's folder; null when it leads out of it.</summary>
    private static string? Resolve(string[] folder, string name)
    {
        if (name.StartsWith('/'))
            return null;
        List<string> names = [.. folder];
        foreach (string part in name.Split('/'))
        {
            if (part == "..")
            {
                if (names.Count == 0)
                    return null;
                names.RemoveAt(names.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                names.Add(part);
            }
        }

        return string.Join('/', names);
    }
}
