using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Bundles;
using Shacache.Client.Configuration;

namespace Shacache.Cli.Commands.Bundles;

/// <summary><c>shacache bundle</c>: entries and their content in a file that can be carried.</summary>
internal static class BundleCommand
{
    public static Command Create() => new("bundle", "Carry entries and their content in one file, to where there is no network.")
    {
        new BundleExportCommand(),
        new BundleImportCommand(),
    };
}

/// <summary>Options that the commands for bundles have in common.</summary>
internal sealed class BundleOptions(string cacheOption, string directoryOption)
{
    private const int MaxJobs = 64;

    private readonly ConfigFileOption _config = new();

    private readonly Option<string?> _cacheUrl = new("--cache-url") { Description = $"The server's content, instead of {cacheOption} of CFG.", HelpName = "URL" };
    private readonly Option<string?> _directoryUrl = new("--dir-url") { Description = $"The server's directory, instead of {directoryOption} of CFG.", HelpName = "URL" };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = $"How many transfers run at the same time, 1 to {MaxJobs}.",
        HelpName = "N",
        DefaultValueFactory = _ => 8,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print what was done as a JSON object." };
    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    /// <summary>Adds all of them.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_config, _cacheUrl, _directoryUrl, _jobs, _json, _quiet])
            command.Add(option);
    }

    public bool Json(ParseResult arguments) => arguments.GetValue(_json);

    public Terminal Terminal(ParseResult arguments) => new(arguments.GetValue(_quiet));

    public int Jobs(ParseResult arguments) => arguments.GetValue(_jobs) is >= 1 and <= MaxJobs and int jobs
        ? jobs
        : throw new CommandFailedException(ExitCode.Usage, $"--jobs must be 1 to {MaxJobs}, not {arguments.GetValue(_jobs)}.");

    /// <summary>The configuration, with the servers of the command line where it names some.</summary>
    public NetworkCacheOptions Read(ParseResult arguments, Terminal terminal, Func<CacheServers, CacheUrl, CacheUrl, CacheServers> replace)
    {
        string? cache = arguments.GetValue(_cacheUrl);
        string? directory = arguments.GetValue(_directoryUrl);
        if (cache is null != directory is null)
            throw new CommandFailedException(ExitCode.Usage, "give both --cache-url and --dir-url, or neither.");
        NetworkCacheOptions options = _config.Load(arguments) with { OnWarning = terminal.Warn };
        return cache is null
            ? options
            : options with { Servers = replace(options.Servers, Parse(_cacheUrl.Name, cache), Parse(_directoryUrl.Name, directory!)) };
    }

    /// <summary>Bytes for people.</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
        _ => Counted.Of(bytes, "byte"),
    };

    private static CacheUrl Parse(string option, string text)
    {
        try
        {
            return CacheUrl.Parse(text);
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Usage, $"{option}: {e.Message}.", e);
        }
    }
}

/// <summary>What was left out: a line for each, and for JSON a list.</summary>
/// <param name="terminal">Shows the lines.</param>
/// <param name="json">Whether the list is wanted.</param>
internal sealed class RefusalList(Terminal terminal, bool json)
{
    /// <summary>The list has no more; the lines on the error output are complete.</summary>
    private const int MaxListed = 10_000;

    private readonly JsonArray _list = [];

    public void Add(BundleRefusal refusal)
    {
        terminal.Say($"refused {refusal}");
        if (json && _list.Count < MaxListed)
            _list.Add((JsonNode)new JsonObject { ["key"] = refusal.Key, ["sha512"] = refusal.Content?.ToString(), ["reason"] = refusal.Reason });
    }

    public JsonArray ToJson() => _list;
}
