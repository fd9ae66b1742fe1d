namespace Shacache.Client;

/// <summary>Why a file cannot be used, in the words of whoever named it: .NET says "Access is denied" of a folder too, and repeats the path.</summary>
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
            DirectoryNotFoundException => FindMissingFolder(path) is { } folder ? $"there is no folder {OneLine.Of(folder)}" : "there is no such file",
            UnauthorizedAccessException => Directory.Exists(path) ? "it is a folder" : "permission denied",
            PathTooLongException => "its name is too long",
            _ => WithoutPath(OneLine.Of(exception)),
        };
    }

    private static string? FindMissingFolder(string? path)
    {
        string? folder = path is null ? null : Path.GetDirectoryName(Path.GetFullPath(path));
        return folder is null || Directory.Exists(folder) ? null : folder;
    }

    /// <summary>What the system says, before the path that .NET puts behind it.</summary>
    private static string WithoutPath(string message)
    {
        int path = message.IndexOf(" : '", StringComparison.Ordinal);
        return (path < 0 ? message : message[..path]).TrimEnd('.');
    }
}
