using Shacache.Core.Messages;

namespace Shacache.Client.Errors;

/// <summary>Foreign text on one line of a message, bounded, escaped where it could steer a terminal.</summary>
internal static class OneLine
{
    private const int MaxLength = 300;

    /// <summary>The message of an exception; for .NET's own messages about files, an explanation instead.</summary>
    public static string Of(Exception e) => FileTrouble.IsBare(e) ? FileTrouble.Explain(e, FileTrouble.FindPath(e)) : Of(e.Message);

    public static string Of(string text)
    {
        bool isLong = text.Length > MaxLength;
        string line = (isLong ? text[..MaxLength] : text).ReplaceLineEndings(" ").Trim();
        return Printable.Of(isLong ? line + "…" : line);
    }
}
