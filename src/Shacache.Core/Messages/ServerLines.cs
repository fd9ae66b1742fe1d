namespace Shacache.Core.Messages;

/// <summary>Lines of a server's answers by which clients know what was meant.</summary>
public static class ServerLines
{
    /// <summary>The answer to whatever is neither content nor directory: a base URL with another path than the server's.</summary>
    public const string UnknownPath = "There is nothing at this path; '/' says what is where.";
}
