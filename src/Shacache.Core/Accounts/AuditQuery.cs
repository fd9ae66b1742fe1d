namespace Shacache.Core.Accounts;

/// <summary>Which lines of the audit log are wanted. Whatever is null asks for all.</summary>
public sealed record AuditQuery
{
    /// <summary>Lines of this actor, character for character.</summary>
    public string? Actor { get; init; }

    /// <summary>Lines about this subject, character for character.</summary>
    public string? Subject { get; init; }

    /// <summary>Lines of this action.</summary>
    public AuditAction? Action { get; init; }

    /// <summary>Lines from this time on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Lines before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Lines beyond this position in the order asked for: the next page.</summary>
    public long? Beyond { get; init; }

    /// <summary>Newest first; otherwise oldest first.</summary>
    public bool NewestFirst { get; init; } = true;
}
