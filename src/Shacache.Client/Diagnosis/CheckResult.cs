namespace Shacache.Client.Diagnosis;

/// <summary>What one check found. Holds no password.</summary>
/// <param name="Check">The name of the check, such as <c>signature</c>.</param>
/// <param name="Subject">What it is about: an option, a file, a key, an entry; null when the check is about all.</param>
/// <param name="State">How it went.</param>
/// <param name="Finding">What was found, on one line.</param>
/// <param name="Remedy">What would have to be different, on one line; null when nothing would.</param>
public sealed record CheckResult(string Check, string? Subject, CheckState State, string Finding, string? Remedy);
