using Shacache.Cli.Errors;
using Shacache.Client.Checksums;
using Shacache.Client.Downloads;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Transfers;

/// <summary>Reads a list of files to fetch: one URL a line, then <c>file=NAME</c> and checksums such as <c>sha256=…</c>; <c>#</c> begins a comment.</summary>
internal static class FetchList
{
    /// <summary>More lines are a mistake rather than a list.</summary>
    private const int MaxLines = 1_000_000;

    private static readonly Dictionary<string, ChecksumAlgorithm> Algorithms =
        Enum.GetValues<ChecksumAlgorithm>().ToDictionary(algorithm => algorithm.ToString().ToLowerInvariant());

    /// <param name="path">The list; <c>-</c> for the standard input.</param>
    /// <param name="folder">Where the files go.</param>
    public static IReadOnlyList<FetchItem> Read(string path, string folder)
    {
        try
        {
            return [.. (path == "-" ? ReadLines(Console.In) : File.ReadLines(path)).SelectMany((line, index) => Parse(path, index + 1, line, folder))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"the list {path} cannot be read: {FileTrouble.Explain(e, path)}.", e);
        }
    }

    private static IEnumerable<FetchItem> Parse(string path, int number, string line, string folder)
    {
        if (number > MaxLines)
            throw Fault(path, number, $"the list is too long; at most {MaxLines} lines are read");
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int comment = Array.FindIndex(words, word => word.StartsWith('#'));
        words = comment < 0 ? words : words[..comment];
        if (words.Length == 0)
            return [];

        string? file = null;
        List<Checksum> checksums = [];
        foreach (string word in words[1..])
        {
            string[] pair = word.Split('=', 2);
            if (pair.Length != 2 || (pair[0] != "file" && !Algorithms.ContainsKey(pair[0])))
                throw Fault(path, number, $"'{word}' is neither file=NAME nor a checksum such as sha256=…");
            if (pair[0] == "file")
                file = pair[1];
            else if (Checksum.TryParse(Algorithms[pair[0]], pair[1], out Checksum? checksum, out string? problem))
                checksums.Add(checksum);
            else
                throw Fault(path, number, problem);
        }

        try
        {
            // The URL is looked at even when it need not give the name.
            string? name = DownloadCache.FindFileName(words[0]);
            string target = file ?? name ?? throw new FormatException($"{words[0]} names no file: add file=NAME");
            return [new FetchItem(words[0], Path.Combine(folder, target), checksums)];
        }
        catch (FormatException e)
        {
            throw Fault(path, number, e.Message.TrimEnd('.'), e);
        }
    }

    private static CommandFailedException Fault(string path, int number, string problem, Exception? cause = null) =>
        new(ExitCode.Usage, $"{path}, line {number}: {problem}.", cause);

    private static IEnumerable<string> ReadLines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
