namespace Shacache.Http.Upstreams;

/// <summary>A redirect that is not followed. The message follows the name of the upstream.</summary>
internal sealed class RedirectException(string message) : Exception(message);
