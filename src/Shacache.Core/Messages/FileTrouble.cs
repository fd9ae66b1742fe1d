namespace Shacache.Core.Messages;

/// <summary>Why a file cannot be used, in terms of the path that the user named: .NET says "Access is denied" of a folder too, and repeats the path.</summary>
public static class FileTrouble
{
    /// <summary>A reason without a full stop, on one line, without the path.</summary>
    /// <param name="exception">What opening, reading or writing the file threw.</param>
    /// <param name="path">The file; null when it is not known.</param>
    public static string Explain(Exception exception, string? path = null)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            FileNotFoundException => "there is no such file",
            DirectoryNotFoundException => FindMissingFolder(path) is { } folder ? $"there is no folder {folder}" : "there is no such file",
            UnauthorizedAccessException => Directory.Exists(path) ? "it is a folder" : "permission denied",
            PathTooLongException => "its name is too long",
            _ => WithoutPath(exception.Message.ReplaceLineEndings(" ")),
        };
    }

    /// <summary>Whether the message is .NET's own, which says less, or something else, than <see cref="Explain"/>.</summary>
    public static bool IsBare(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException &&
            (exception.Message.StartsWith("Could not find ", StringComparison.Ordinal) || exception.Message.StartsWith("Access to the path", StringComparison.Ordinal));
    }

    /// <summary>The path that .NET's own message has in quotes; null when it has none.</summary>
    public static string? FindPath(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        (int start, int end) = (exception.Message.IndexOf('\'', StringComparison.Ordinal) + 1, exception.Message.LastIndexOf('\''));
        return start > 0 && end > start ? exception.Message[start..end] : null;
    }

    private static string? FindMissingFolder(string? path)
    {
        string? folder = path is null ? null : Path.GetDirectoryName(Path.GetFullPath(path));
        return folder is null || Directory.Exists(folder) ? null : folder;
    }

    /// <summary>What the system says, before the path that .NET appends.</summary>
    private static string WithoutPath(string message)
    {
        int path = message.IndexOf(" : '", StringComparison.Ordinal);
        return (path < 0 ? message : message[..path]).TrimEnd('.');
    }
}
