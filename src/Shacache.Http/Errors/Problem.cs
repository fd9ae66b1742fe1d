namespace Shacache.Http.Errors;

/// <summary>An answer that is not a success: a status, and one line for whoever sent the request.</summary>
/// <param name="Status">The status code, 4xx or 5xx.</param>
/// <param name="Line">What was wrong, without a line feed.</param>
/// <param name="RetryAfter">When it may be tried again; null for no such advice.</param>
internal readonly record struct Problem(int Status, string Line, TimeSpan? RetryAfter = null);
