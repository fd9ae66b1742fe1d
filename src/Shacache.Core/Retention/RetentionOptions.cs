using Shacache.Core.Signing;

namespace Shacache.Core.Retention;

/// <summary>For how long things are kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>Content that an entry with a signature of one of these keys names is never removed to make room, nor by a clean-up.</summary>
    public TrustedKeys KeepSigners { get; set; } = TrustedKeys.None;

    /// <summary>Folders with the files of running transfers. What lies there for a day was left by a broken one.</summary>
    public IReadOnlyList<string> SpoolFolders { get; set; } = [];

    /// <summary>For how long an entry is kept whose content was taken away.</summary>
    public TimeSpan DanglingEntryKeep { get; set; } = TimeSpan.FromDays(90);

    /// <summary>For how long content is kept that no entry names and no client reads; null for ever.</summary>
    public TimeSpan? UnlistedContentKeep { get; set; }

    /// <summary>For how long lines of the audit log are kept.</summary>
    public TimeSpan AuditKeep { get; set; } = TimeSpan.FromDays(400);
}
