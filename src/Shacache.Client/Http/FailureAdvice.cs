namespace Shacache.Client.Http;

/// <summary>What whoever asked can do about a request that failed.</summary>
internal static class FailureAdvice
{
    /// <summary>What names a server with accounts, which is no option of a configuration.</summary>
    public const string AccountServer = "the URL of the server";

    /// <summary>A sentence with a space before it; empty when there is nothing to say.</summary>
    /// <param name="failure">The worst that happened.</param>
    /// <param name="option">The option that names the server, or in words what does.</param>
    public static string For(RequestFailure failure, string option) => failure.Kind switch
    {
        FailureKind.Unusable when failure.IsUntrusted => $" If the server has a CA of its own, {TrustWith(option)}.",
        FailureKind.Unusable => $" Check {option}.",
        FailureKind.Transient => $" Try again later, or check {option} and the network.",
        // An upload that finds nothing at its URL went to the wrong one. What else is not there is an answer.
        FailureKind.NotFound when option.StartsWith("upload-", StringComparison.Ordinal) => $" Check {option}.",
        _ => "",
    };

    private static string TrustWith(string option)
    {
        if (option == AccountServer)
            return "name the certificate of that CA: --ca of the commands";
        const string System = "add that CA to those of this machine";
        string? surface = option.EndsWith("-cache-url", StringComparison.Ordinal) ? "shacache" : option.EndsWith("-dir-url", StringComparison.Ordinal) ? "shadir" : null;
        return surface is null ? System : $"name its certificate in {surface}-ca-file, which counts for the hosts of the upload URLs, or {System}";
    }
}
