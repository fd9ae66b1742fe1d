using Shacache.Client.Errors;

namespace Shacache.Client.Diagnosis;

/// <summary>What one check found. Holds no password.</summary>
/// <param name="Check">The name of the check, such as <c>signature</c>.</param>
/// <param name="Subject">What it is about: an option, a file, a key, an entry; null when the check is about all.</param>
/// <param name="State">How it went.</param>
/// <param name="Finding">What was found, on one line.</param>
/// <param name="Remedy">What to change, on one line; null when nothing needs to change.</param>
public sealed record CheckResult(string Check, string? Subject, CheckState State, string Finding, string? Remedy);

/// <summary>How a check went.</summary>
public enum CheckState
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>Nothing is wrong; it is good to know.</summary>
    Noted,

    /// <summary>It works, but should be changed.</summary>
    Doubtful,

    /// <summary>It is wrong, or prevents what was asked for.</summary>
    Failed,
}

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
