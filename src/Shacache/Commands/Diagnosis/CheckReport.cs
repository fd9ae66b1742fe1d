using System.Text.Json.Nodes;
using Shacache.Cli.Output;
using Shacache.Client.Diagnosis;

namespace Shacache.Cli.Commands.Diagnosis;

/// <summary>Prints what checks found: a row for each, the remedy after an arrow.</summary>
internal static class CheckReport
{
    public static void Write(IReadOnlyList<CheckResult> checks)
    {
        var table = new ResultTable("result", "check", "about", "finding");
        foreach (CheckResult check in checks)
            table.Add(Word(check.State), check.Check, check.Subject ?? "", check.Remedy is null ? check.Finding : $"{check.Finding} -> {check.Remedy}");
        table.Write();
    }

    public static JsonArray ToJson(IReadOnlyList<CheckResult> checks) => new([.. checks.Select(check => new JsonObject
    {
        ["check"] = check.Check,
        ["about"] = check.Subject,
        ["result"] = Word(check.State),
        ["finding"] = check.Finding,
        ["remedy"] = check.Remedy,
    })]);

    private static string Word(CheckState state) => state switch
    {
        CheckState.Passed => "ok",
        CheckState.Noted => "note",
        CheckState.Doubtful => "doubt",
        _ => "fail",
    };
}
