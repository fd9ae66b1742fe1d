namespace Shacache.Client.Relocation.Documents;

/// <summary>How long a root may be so that a release can be moved to it.</summary>
internal static class RootLimit
{
    /// <summary>A slash and an MD5.</summary>
    private const int FolderBytes = 33;

    /// <summary>The longest root, in bytes; null when no place limits it, 0 when one cannot be changed at all.</summary>
    public static int? Find(RelocationMap map)
    {
        int? limit = null;
        foreach (MappedTrace trace in map.Files.SelectMany(file => file.Traces))
        {
            if (Find(trace) is { } own && (limit is null || own < limit))
                limit = own;
        }

        return limit;
    }

    /// <summary>The longest root that a place can take; null for any.</summary>
    public static int? Find(MappedTrace trace) => trace switch
    {
        { Dead: true } or { Change: TraceChange.Replace or TraceChange.Grow } => null,
        { Change: TraceChange.None } => 0,
        _ => Math.Max(0, trace.Length - FolderBytes),
    };
}
