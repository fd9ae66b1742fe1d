namespace Shacache.Client.Errors;

/// <summary>A folder cannot be archived, or an archive is refused. The message is one line that says what was found, and where.</summary>
public sealed class ArchiveException : Exception
{
    /// <summary>Creates one with its line.</summary>
    public ArchiveException(string message)
        : base(message)
    {
    }

    /// <summary>Creates one with its line and its cause.</summary>
    public ArchiveException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the release cannot be moved to this root, or would not work here; it has to be built.</summary>
    public bool IsOfRoot { get; internal init; }

    /// <summary>What stands in the way, a line for each file, when <see cref="IsOfRoot"/>; may be empty.</summary>
    public IReadOnlyList<string> Lines { get; internal init; } = [];

    /// <summary>Whether every archive would fail, as the cause is this machine: its disk is full or broken, or the operation is not permitted.</summary>
    public bool IsOfMachine { get; internal init; }
}
