using System.Text;
using System.Text.Json;
using Shacache.Cli.Errors;
using Shacache.Core.Messages;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Locks;

/// <summary>Reads what a lock file names, whichever tool wrote it: its content tells.</summary>
internal static class LockFile
{
    /// <summary>The longest file, in bytes.</summary>
    private const int MaxBytes = 64 << 20;

    /// <summary>Reads a file.</summary>
    /// <returns>What it names, each once, and a line for each thing that no index has, such as a repository of git.</returns>
    /// <exception cref="CommandFailedException">It cannot be read, or is no such file.</exception>
    public static async Task<LockContent> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var content = new LockContent();
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new InvalidDataException($"it is longer than {MaxBytes} bytes");
            Read(await File.ReadAllTextAsync(path, Encoding.UTF8, cancellationToken), content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"the lock file cannot be read: {path}: {FileTrouble.Explain(e, path)}.", e);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CommandFailedException(ExitCode.Usage, $"{path} is no lock file that is known here: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}.", e);
        }

        return content;
    }

    private static void Read(string text, LockContent content)
    {
        if (text.AsSpan().TrimStart() is ['{', ..])
        {
            ReadJson(text, content);
            return;
        }

        string[] lines = [.. text.ReplaceLineEndings("\n").Split('\n').Where(line => line.Trim() is { Length: > 0 } some && !some.StartsWith('#'))];
        if (lines.Contains("[[package]]", StringComparer.Ordinal))
            CargoLock.Read(lines, content);
        else if (lines.Length > 0 && lines.All(line => line.Split(' ') is [_, _, var hash] && hash.StartsWith("h1:", StringComparison.Ordinal)))
            GoSum.Read(lines, content);
        else if (lines.Length > 0 && Array.ConvertAll(lines, FindUrl) is var urls && !urls.Contains(null))
            Array.ForEach(urls, url => content.Add(new RemoteOrderDocument { Url = url }));
        else
            Requirements.Read(lines, content);
    }

    /// <summary>The URL of a line that is one, or that apt-get wrote (<c>--print-uris</c>): in single quotes, with name, length and hash after it.</summary>
    private static string? FindUrl(string line)
    {
        string url = line.StartsWith('\'') ? line[1..].Split('\'')[0] : line.Trim();
        return url.StartsWith("http://", StringComparison.Ordinal) || url.StartsWith("https://", StringComparison.Ordinal) ? url : null;
    }

    private static void ReadJson(string text, LockContent content)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        JsonElement root = document.RootElement;
        if (root.TryGetProperty("lockfileVersion", out _))
            NpmLock.Read(root, content);
        else if (root.TryGetProperty("version", out _) && root.TryGetProperty("dependencies", out JsonElement frameworks))
            NuGetLock.Read(frameworks, content);
        else
            throw new InvalidDataException("it has neither lockfileVersion, as a package-lock.json, nor version and dependencies, as a packages.lock.json");
    }
}

/// <summary>What a lock file names.</summary>
internal sealed class LockContent
{
    private readonly HashSet<(string?, string?, string?, string?, string)> _seen = [];
    private readonly List<RemoteOrderDocument> _orders = [];
    private readonly List<string> _omitted = [];

    public IReadOnlyList<RemoteOrderDocument> Orders => _orders;

    /// <summary>A line for each thing that no index has.</summary>
    public IReadOnlyList<string> Omitted => _omitted;

    public void Add(RemoteOrderDocument order)
    {
        if (_seen.Add((order.Type, order.Name, order.Version, order.Url, string.Join(' ', order.Hashes ?? []))))
            _orders.Add(order);
    }

    public void Omit(string what, string why) => _omitted.Add($"{what} is left out: {why}");
}
