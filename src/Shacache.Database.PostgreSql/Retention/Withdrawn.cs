using Shacache.Core.Blobs;

namespace Shacache.Database.PostgreSql.Retention;

/// <summary>What other nodes took away.</summary>
/// <param name="IsEverything">It is not known what all: everything that is remembered may be gone.</param>
/// <param name="RulesChanged">Whether what is blocked has changed.</param>
/// <param name="Content">Content that was removed. It may have been stored again since.</param>
/// <param name="Number">Of the last of it: what comes later has a higher one.</param>
public sealed record Withdrawn(bool IsEverything, bool RulesChanged, IReadOnlyList<Digest> Content, long Number);
