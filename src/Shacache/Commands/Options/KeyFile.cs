using System.Runtime.CompilerServices;
using Shacache.Cli.Errors;
using Shacache.Core.Entries;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Options;

/// <summary>A file with keys, one a line, as they are; empty lines count for nothing. <c>-</c> is the standard input.</summary>
internal static class KeyFile
{
    private const string StandardInput = "-";

    /// <summary>Checks all of a file before anything is done with it. What is no plain file can be read only once, and is checked as it comes.</summary>
    public static async Task CheckAsync(string path, CancellationToken cancellationToken)
    {
        if (path == StandardInput)
            return;
        if (!IsPlain(path))
        {
            if (!Path.Exists(path) || Directory.Exists(path))
                Open(path).Dispose();
            return;
        }

        await foreach (EntryKey _ in ReadAsync(path, cancellationToken))
        {
        }
    }

    /// <summary>Reads the keys one after the other.</summary>
    public static async IAsyncEnumerable<EntryKey> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using TextReader reader = Open(path);
        for (int number = 1; await reader.ReadLineAsync(cancellationToken) is { } line; number++)
        {
            if (line.Length == 0)
                continue;
            if (!EntryKey.TryCreate(line, out EntryKey? key, out string? problem))
                throw new CommandFailedException(ExitCode.Usage, $"{(path == StandardInput ? "the standard input" : path)}, line {number}: {problem}");
            yield return key;
        }
    }

    private static bool IsPlain(string path) => File.Exists(path) && new FileInfo(path).Length > 0;

    private static TextReader Open(string path)
    {
        try
        {
            return path == StandardInput ? Console.In : new StreamReader(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"the keys cannot be read: {path}: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
