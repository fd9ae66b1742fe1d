using System.CommandLine;
using System.Globalization;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Configuration;
using Shacache.Client.Downloads;

namespace Shacache.Cli.Commands.Transfers;

internal sealed class FetchCommand : DocumentedCommand
{
    private readonly Argument<string[]> _urls = new("URL")
    {
        Description = "What to fetch (http, https), exactly as others write it: the cache's key is made of its text.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly ConfigFileOption _config = new();

    private readonly TextOption _output = new("--output", "-o", "FILE", "Write to this file. It appears whole and verified, or not at all. Without -o and -O one URL goes to the standard output.");

    private readonly Option<bool> _remoteName = new("--remote-name", "-O") { Description = "Write to a file named like the end of the URL. Several URLs and lists imply it." };

    private readonly TextOption _directory = new("--directory", "-d", "DIR", "The folder for such files. Default: the current one.");

    private readonly TextOption _fromFile = new("--from-file", "-i", "FILE", "Fetch the URLs of a list, too: one a line, then file=NAME and checksums such as sha256=HEX. '-' is the standard input.");

    private readonly ChecksumOptions _checksums = new("The {0} that the file must have.");

    private readonly Option<bool> _offline = new("--offline") { Description = "Never ask the origin." };
    private readonly Option<bool> _noCache = new("--no-cache") { Description = "Never ask the cache, and give nothing to it." };
    private readonly Option<bool> _noContribute = new("--no-contribute") { Description = "Give nothing to the cache." };

    private readonly Option<string[]> _contributeAs = new("--contribute-as")
    {
        Description = "List what is fetched under a further key: 'older' for older buildouts, pypi:NAME=VERSION, or pypi-index:REQUIREMENT. May be repeated.",
        HelpName = "FORM",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly TextOption _requirement = new("--requirement", "REQUIREMENT", "The URL is that of a package index; look for the page that older buildouts keep of it for this requirement.");

    private readonly Option<bool> _force = new("--force") { Description = "Take and contribute web pages, too, where a URL names an archive or another file." };

    private readonly Option<bool> _withCredentials = ClientOptions.WithCredentials();

    private readonly Option<bool> _refresh = new("--refresh") { Description = "Fetch from the origin, and list that as the newest, so that what was contributed wrongly is no longer taken." };

    private readonly Option<bool> _revalidate = new("--revalidate") { Description = "Ask the origin first whether it has something newer. The cached copy serves when it has not, or does not answer." };

    private readonly Option<string> _cacheTimeout = new("--cache-timeout")
    {
        Description = "How long the cache may take until the first byte; then the origin is asked. Such as 10s or 500ms.",
        HelpName = "TIME",
        DefaultValueFactory = _ => "10s",
    };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "How many files are fetched at the same time, 1 to 64.",
        HelpName = "N",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print what became of each file as JSON." };
    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    public FetchCommand()
        : base("fetch", "Get files by their URLs: from the network cache, otherwise from their origin, and then give them to the cache.")
    {
        AddAll(
        [
            _urls, _config, _output, _remoteName, _directory, _fromFile, .. _checksums.All, _offline, _noCache, _noContribute, _contributeAs, _force,
            _withCredentials, _requirement, _refresh, _revalidate, _cacheTimeout, _jobs,
            _json, _quiet,
        ]);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache fetch -c slapos.cfg https://example.org/foo-1.2.tar.gz -O",
        "shacache fetch -c slapos.cfg https://example.org/foo-1.2.tar.gz -o foo.tar.gz --sha256 9f86d081…",
        "shacache fetch -c slapos.cfg --from-file sources.txt --directory sources --jobs 8",
        "shacache fetch -c slapos.cfg --offline https://example.org/foo-1.2.tar.gz | tar xz",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "A cached copy is used when a trusted key signed its entry, its digest is right, and it has the checksums given.",
        "A cache that is down, slow or wrong is a warning, never an error.",
        "What came from the origin is contributed when upload servers and a key are configured.",
        "Not contributed: a file that may be a part of one, a web page in the place of an archive, a URL with a password or token.",
        "A key that deployed tools write, such as pypi:NAME=VERSION, serves as URL; a URL {cache}/<sha512> is that content. #md5=… is checked.",
        "URLs that begin with an entry of download-cache-url-blacklist are fetched from their origin, and never contributed.",
        "Exit code 3: --offline, and the cache has no usable copy. 1: something could not be fetched; the other files are there.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        FetchItem[] items = ReadItems(arguments);
        DownloadCacheOptions policy = ReadPolicy(arguments);
        int jobs = arguments.GetValue(_jobs);
        if (jobs is < 1 or > 64)
            throw new CommandFailedException(ExitCode.Usage, $"--jobs must be 1 to 64, not {jobs}.");
        bool toOutput = items[0].Path is null;
        bool json = arguments.GetValue(_json);
        if (toOutput && json)
            throw new CommandFailedException(ExitCode.Usage, "with --json the file cannot go to the standard output: give --output FILE or --remote-name.");

        // A bar would run into the content that is shown in the same window.
        bool quiet = arguments.GetValue(_quiet);
        var terminal = new Terminal(quiet || (toOutput && !Console.IsOutputRedirected));
        NetworkCacheOptions options = _config.Load(arguments) with
        {
            OnWarning = terminal.Warn,
            AllowCredentialsInEntries = arguments.GetValue(_withCredentials),
        };
        using var cache = new DownloadCache(options, policy);
        if (toOutput)
        {
            await using Stream content = await terminal.ShowAllAsync(async progressOf =>
            {
                using ProgressLine? line = progressOf(items[0].Title);
                return await cache.OpenAsync(items[0].Url, items[0].Checksums, line, cancellationToken);
            });
            await using Stream output = StandardOutput.Open();
            await content.CopyToAsync(output, cancellationToken);
            return ExitCode.Done;
        }

        FetchOutcome[] outcomes = new FetchOutcome[items.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        await terminal.ShowAllAsync(async progressOf =>
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, items.Length), parallel, async (i, token) =>
            {
                using ProgressLine? line = progressOf(items[i].Title);
                outcomes[i] = await FetchOutcome.OfAsync(cache, items[i], line, token);
            });
            return outcomes;
        });
        return FetchOutcome.Report(outcomes, json, quiet);
    }

    private FetchItem[] ReadItems(ParseResult arguments)
    {
        var items = new FetchItems(arguments.GetValue(_urls) ?? [], arguments.GetValue(_fromFile))
        {
            Output = arguments.GetValue(_output),
            RemoteName = arguments.GetValue(_remoteName),
            Folder = arguments.GetValue(_directory) ?? "",
            Checksums = _checksums.Read(arguments),
        };
        return items.Read();
    }

    private DownloadCacheOptions ReadPolicy(ParseResult arguments)
    {
        bool offline = arguments.GetValue(_offline);
        bool noCache = arguments.GetValue(_noCache);
        bool revalidate = arguments.GetValue(_revalidate);
        if (offline && noCache)
            throw new CommandFailedException(ExitCode.Usage, "--offline and --no-cache together leave nothing to fetch from.");
        if (revalidate && (offline || noCache))
            throw new CommandFailedException(
                ExitCode.Usage, "--revalidate needs both the origin and the cache: give neither --offline nor --no-cache with it.");
        bool refresh = arguments.GetValue(_refresh);
        if (refresh && (offline || noCache || revalidate))
            throw new CommandFailedException(ExitCode.Usage, "--refresh takes from the origin and lists in the cache: give neither --offline, --no-cache nor --revalidate with it.");
        string[] forms = arguments.GetValue(_contributeAs) ?? [];
        if (forms.Length > 0 && (noCache || arguments.GetValue(_noContribute)))
            throw new CommandFailedException(ExitCode.Usage, "--contribute-as lists in the cache: give neither --no-cache nor --no-contribute with it.");
        return new DownloadCacheOptions
        {
            Refresh = refresh,
            AllowWebPages = arguments.GetValue(_force),
            Requirement = arguments.GetValue(_requirement),
            ContributeAs = [.. forms.Select(ReadForm)],
            UseOrigin = !offline,
            UseCache = !noCache,
            Revalidate = revalidate,
            Contribute = !arguments.GetValue(_noContribute),
            CacheTimeout = ReadTimeout(arguments.GetRequiredValue(_cacheTimeout)),
        };
    }

    private static ContributionForm ReadForm(string text) => ContributionForm.TryParse(text, out ContributionForm? form, out string? problem)
        ? form
        : throw new CommandFailedException(ExitCode.Usage, $"--contribute-as: {problem}.");

    private static TimeSpan ReadTimeout(string text)
    {
        // A bare number is seconds, as other download programs have it.
        string withUnit = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $"{text}s" : text;
        return Duration.TryParse(withUnit, out Duration duration) && duration.Time > TimeSpan.Zero && duration.Time <= TimeSpan.FromHours(1)
            ? duration.Time
            : throw new CommandFailedException(ExitCode.Usage, $"--cache-timeout is '{text}', but must be a time of at most 1h, such as 10s or 500ms.");
    }
}
