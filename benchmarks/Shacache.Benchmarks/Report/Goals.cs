namespace Shacache.Benchmarks.Report;

/// <summary>The goals, each for the ratio of its measurement, or for the value itself where nothing is compared.</summary>
internal static class Goals
{
    private static readonly Dictionary<string, Goal> ById = new(StringComparer.Ordinal)
    {
        ["get-4k-keep"] = new(0.65, 0.9),
        ["get-4k-close"] = new(0.60, 0.75),
        ["get-64k-keep"] = new(0.80, 1.05),
        ["get-64k-close"] = new(0.60, 0.70),
        ["get-1m-keep"] = new(0.85, 1.2),
        ["get-1m-close"] = new(0.90, 1.1),
        ["get-256m-keep"] = new(0.90, 1.3),
        ["get-256m-close"] = new(0.90, 1.3),
        ["post-4k-1"] = new(0.35, 0.55),
        ["post-4k-16"] = new(0.8, 1.3),
        ["post-4k-64"] = new(0.7, 1.15),
        ["post-1g-openssl"] = new(0.60, 0.90),
        ["shadir-put-scaling"] = new(3, 5),
        ["start-empty"] = new(500, 150, LowerIsBetter: true),
        ["start-filled"] = new(500, 150, LowerIsBetter: true),
        ["memory-idle"] = new(120, 60, LowerIsBetter: true),
        ["memory-upload"] = new(64, 64, LowerIsBetter: true),
        ["memory-download"] = new(64, 64, LowerIsBetter: true),
        ["memory-slow"] = new(128, 128, LowerIsBetter: true),
        ["archive-create"] = new(1.0, 0.6, LowerIsBetter: true),
        ["archive-extract"] = new(1.0, 0.8, LowerIsBetter: true),
        ["archive-extract-flushed"] = new(1.0, 0.8, LowerIsBetter: true),
        ["binary-publish"] = new(1.0, 0.6, LowerIsBetter: true),
        ["binary-install"] = new(1.0, 0.8, LowerIsBetter: true),
        ["binary-memory-publish"] = new(128, 96, LowerIsBetter: true),
        ["binary-memory-install"] = new(128, 96, LowerIsBetter: true),
        ["archive-memory-create"] = new(128, 96, LowerIsBetter: true),
        ["archive-memory-extract"] = new(128, 96, LowerIsBetter: true),
        ["fill-last"] = new(1.15, 1.05, LowerIsBetter: true),
        ["fill-first-byte"] = new(200, 50, LowerIsBetter: true),
        ["fill-memory"] = new(64, 48, LowerIsBetter: true),
        ["fill-warm-4k"] = new(0.97, 1),
        ["fill-warm-64k"] = new(0.97, 1),
        ["evict-saved"] = new(1.1, 1.3),
    };

    /// <summary>The goal of a measurement; null when it has none.</summary>
    public static Goal? Find(string id) => ById.GetValueOrDefault(id);
}
