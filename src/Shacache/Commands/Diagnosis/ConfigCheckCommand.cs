using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Diagnosis;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Diagnosis;

internal sealed class ConfigCheckCommand : DocumentedCommand
{
    private readonly ConfigFileOption _config = new();
    private readonly Option<bool> _offline = new("--offline") { Description = "Ask no server." };
    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of a table." };

    public ConfigCheckCommand()
        : base("check", "Check a slapos.cfg: what is on, which keys it trusts, files, servers, and options that are not read.")
    {
        AddAll(_config, _offline, _json);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
        ["shacache config check -c /etc/opt/slapos/slapos.cfg", "shacache config check -c slapos.cfg --offline --json"];

    public override IReadOnlyList<string> Notes =>
    [
        "Nothing is changed, uploaded or downloaded. Passwords are never shown. Run it as the user who uses the file.",
        "ok: fine; note: good to know; doubt: works, but should be changed; fail: wrong. What to do stands after ->.",
        "Exit code 0: nothing is wrong; 1: something is.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string path = _config.Find(arguments);
        IReadOnlyList<CheckResult> checks = await new ConfigurationReview(path, arguments.GetValue(_offline)).RunAsync(cancellationToken);
        int wrong = checks.Count(check => check.State == CheckState.Failed);
        int doubtful = checks.Count(check => check.State == CheckState.Doubtful);
        if (arguments.GetValue(_json))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["file"] = path,
                ["wrong"] = wrong,
                ["doubtful"] = doubtful,
                ["checks"] = CheckReport.ToJson(checks),
            }));
        }
        else
        {
            CheckReport.Write(checks);
            Console.Out.WriteLine();
            Console.Out.WriteLine($"{Printable.Of(path)}: {wrong} wrong, {doubtful} doubtful.");
        }

        return wrong == 0 ? ExitCode.Done : ExitCode.Error;
    }
}

/// <summary><c>shacache config</c>: looks after a slapos.cfg.</summary>
internal static class ConfigCommand
{
    public static Command Create() => new("config", "Look after a slapos.cfg.") { new ConfigCheckCommand() };
}
