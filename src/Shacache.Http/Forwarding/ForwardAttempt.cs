namespace Shacache.Http.Forwarding;

/// <summary>What became of sending something.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Problem">One line; empty when it is done.</param>
internal readonly record struct ForwardAttempt(ForwardResult Result, string Problem = "");
