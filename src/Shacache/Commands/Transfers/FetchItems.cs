using Shacache.Cli.Errors;
using Shacache.Client.Checksums;
using Shacache.Client.Downloads;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Transfers;

/// <summary>What a command line wants fetched, and where to.</summary>
/// <param name="urls">The URLs on the command line.</param>
/// <param name="list">The file with more of them; null for none.</param>
internal sealed class FetchItems(string[] urls, string? list)
{
    public string? Output { get; init; }

    public bool RemoteName { get; init; }

    public string Folder { get; init; } = "";

    public IReadOnlyList<Checksum> Checksums { get; init; } = [];

    private bool IsSingle => urls.Length == 1 && list is null;

    /// <summary>One item for the standard output, or any number of files, each with a path of its own.</summary>
    /// <exception cref="CommandFailedException">They contradict each other, or one is no URL. Nothing was fetched.</exception>
    public FetchItem[] Read()
    {
        EnsureConsistent();
        try
        {
            FetchItem[] items = [.. urls.Select(ToItem), .. list is null ? [] : FetchList.Read(list, Folder)];
            if (items.Length == 0)
                throw Misuse($"the list {list} has no URL.");
            // One that is no URL is found before anything is fetched.
            foreach (FetchItem item in items)
                DownloadCache.FindFileName(item.Url);
            IEnumerable<string> paths = items.Select(item => item.Path).OfType<string>().Select(Path.GetFullPath);
            if (paths.CountBy(path => path).FirstOrDefault(path => path.Value > 1).Key is { } twice)
                throw Misuse($"two URLs would be written to {twice}: in a list, write file=NAME after one of them.");
            return items;
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Usage, e.Message, e);
        }
    }

    private FetchItem ToItem(string url)
    {
        if (Output is not null || (IsSingle && !RemoteName && Folder.Length == 0))
            return new FetchItem(url, Output, Checksums);
        string name = DownloadCache.FindFileName(url) ?? throw Misuse($"{UrlSecrets.Redact(url)} names no file: say with --output FILE where it is to go.");
        return new FetchItem(url, Path.Combine(Folder, name), Checksums);
    }

    private void EnsureConsistent()
    {
        if (Array.Find(urls, url => url.StartsWith('-')) is { } unknown)
            throw Misuse($"there is no option '{unknown}'.");
        if (urls.Length == 0 && list is null)
            throw Misuse("say what to fetch: URLs, or --from-file FILE.");
        if (!IsSingle && (Output is not null || Checksums.Count > 0))
            throw Misuse("--output and checksums are for one URL; in a list, write file=NAME and sha256=HEX after each.");
        if (Output is not null && (RemoteName || Folder.Length > 0))
            throw Misuse("--output says where the file goes: give neither --remote-name nor --directory with it.");
    }

    private static CommandFailedException Misuse(string problem) => new(ExitCode.Usage, problem);
}

/// <summary>One file that is to be fetched.</summary>
/// <param name="Url">Its URL, as it was given.</param>
/// <param name="Path">Where it goes; null for the standard output.</param>
/// <param name="Checksums">What is known of it.</param>
internal sealed record FetchItem(string Url, string? Path, IReadOnlyList<Checksum> Checksums)
{
    /// <summary>What a line of progress calls it.</summary>
    public string Title => Path is not null ? System.IO.Path.GetFileName(Path) : DownloadCache.FindFileName(Url) ?? "content";
}
