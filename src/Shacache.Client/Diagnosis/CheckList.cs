using Shacache.Client.Errors;

namespace Shacache.Client.Diagnosis;

/// <summary>Collects what checks find, in the order in which they find it.</summary>
internal sealed class CheckList
{
    private readonly List<CheckResult> _results = [];

    public IReadOnlyList<CheckResult> Results => _results;

    public void Pass(string check, string? subject, string finding) => Add(check, subject, CheckState.Passed, finding, null);

    public void Note(string check, string? subject, string finding, string? remedy = null) => Add(check, subject, CheckState.Noted, finding, remedy);

    public void Doubt(string check, string? subject, string finding, string remedy) => Add(check, subject, CheckState.Doubtful, finding, remedy);

    public void Fail(string check, string? subject, string finding, string remedy) => Add(check, subject, CheckState.Failed, finding, remedy);

    private void Add(string check, string? subject, CheckState state, string finding, string? remedy) =>
        _results.Add(new CheckResult(check, subject is null ? null : OneLine.Of(subject), state, OneLine.Of(finding), remedy));
}
