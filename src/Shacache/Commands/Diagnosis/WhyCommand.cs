using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Diagnosis;
using Shacache.Core.Messages;
using Shacache.Core.Platforms;
using Shacache.Core.Urls;

namespace Shacache.Cli.Commands.Diagnosis;

internal sealed class WhyCommand : DocumentedCommand
{
    private readonly ConfigFileOption _config = new();
    private readonly Argument<string> _url = new("URL") { Description = "The URL of a file, or of a software release, exactly as it is asked for; or a key that deployed tools make of one." };

    private readonly TextOption _platform = new("--platform", "PLATFORM", $"Explain for another machine than this one: {Platform.TextForm}.");

    private readonly TextOption _root = new("--root", "FOLDER", "The folder of installed software releases, instead of software_root.");

    private readonly TextOption _requirement = new("--requirement", "REQUIREMENT", "The URL is that of a package index; look for the page that older buildouts keep of it for this requirement.");

    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of tables." };

    public WhyCommand()
        : base("why", "Explain why the download cache and the binary cache have something for a URL or not, test by test.")
    {
        AddAll(_config, _platform, _root, _requirement, _json, _url);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache why -c slapos.cfg https://example.org/foo-1.2.tar.gz",
        "shacache why -c slapos.cfg https://example.org/software.cfg --platform x86_64-linux-gnu:debian:12:bookworm",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Nothing is changed, and no content downloaded but relocation maps. Each server is asked once. What would have to be different stands after ->.",
        "Exit code 0: at least one of the two caches would deliver it; 3: neither.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string url = arguments.GetRequiredValue(_url);
        Platform? platform = null;
        if (arguments.GetValue(_platform) is { } text && !Platform.TryParse(text, out platform, out string? problem))
            throw new CommandFailedException(ExitCode.Usage, problem);
        var options = _config.Load(arguments);
        var diagnostician = new CacheDiagnostician(options, platform, arguments.GetValue(_root)) { Requirement = arguments.GetValue(_requirement) };
        CacheDiagnosis[] diagnoses =
        [
            await diagnostician.ExplainDownloadAsync(url, cancellationToken),
            await diagnostician.ExplainBinaryAsync(url, cancellationToken),
        ];

        if (arguments.GetValue(_json))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["url"] = UrlSecrets.Redact(url),
                ["caches"] = new JsonArray([.. diagnoses.Select(ToJson)]),
            }));
        }
        else
        {
            for (int i = 0; i < diagnoses.Length; i++)
            {
                if (i > 0)
                    Console.Out.WriteLine();
                Console.Out.WriteLine($"{diagnoses[i].Cache}: {(diagnoses[i].IsHit ? "HIT" : "MISS")}: {Printable.Of(diagnoses[i].Summary)}");
                CheckReport.Write(diagnoses[i].Checks);
            }
        }

        return diagnoses.Any(diagnosis => diagnosis.IsHit) ? ExitCode.Done : ExitCode.NotFound;
    }

    private static JsonObject ToJson(CacheDiagnosis diagnosis) => new()
    {
        ["cache"] = diagnosis.Cache,
        ["hit"] = diagnosis.IsHit,
        ["summary"] = diagnosis.Summary,
        ["checks"] = CheckReport.ToJson(diagnosis.Checks),
    };
}
