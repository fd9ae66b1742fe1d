namespace Shacache.Benchmarks.Report;

/// <summary>The goals, each for the ratio of its measurement, or for the value itself where nothing is compared.</summary>
internal static class Goals
{
    /// <summary>What <c>--table</c> measures: the goals of speed, in their order.</summary>
    private static readonly (string Id, Goal Goal)[] Speed =
    [
        ("get-4k-keep", new(0.95, 1.2)),
        ("get-4k-close", new(0.85, 1.0)),
        ("get-64k-keep", new(1.0, 1.25)),
        ("get-64k-close", new(0.9, 1.0)),
        ("shadir-get", new(0.75, 0.95)),
        ("post-4k-1", new(0.6, 0.7)),
        ("post-4k-16", new(1.0, 1.3)),
        ("post-4k-64", new(1.1, 1.3)),
        ("post-1g-openssl", new(0.8, 0.92)),
        ("tls-4k-keep", new(0.9, 1.0)),
        ("tls-4k-close", new(0.8, 0.95)),
        ("tls-1m-keep", new(1.0, 1.2)),
        ("start-empty", new(100, 60, LowerIsBetter: true)),
        ("start-objects", new(100, 60, LowerIsBetter: true)),
        ("help", new(15, 8, LowerIsBetter: true)),
        ("memory-idle", new(40, 25, LowerIsBetter: true)),
        ("binary-install-300k", new(2, 1, LowerIsBetter: true)),
        ("start-get-4k", new(0.8, 0.95)),
    ];

    private static readonly Dictionary<string, Goal> ById = new(Speed.Select(row => KeyValuePair.Create(row.Id, row.Goal)), StringComparer.Ordinal)
    {
        ["get-1m-keep"] = new(0.85, 1.2),
        ["get-1m-close"] = new(0.90, 1.1),
        ["get-256m-keep"] = new(0.90, 1.3),
        ["get-256m-close"] = new(0.90, 1.3),
        ["shadir-get-filled"] = new(0.75, 0.95),
        ["shadir-put-scaling"] = new(3, 5),
        ["memory-upload"] = new(64, 64, LowerIsBetter: true),
        ["memory-download"] = new(64, 64, LowerIsBetter: true),
        ["memory-slow"] = new(128, 128, LowerIsBetter: true),
        ["archive-create"] = new(1.0, 0.6, LowerIsBetter: true),
        ["archive-extract"] = new(1.0, 0.8, LowerIsBetter: true),
        ["archive-extract-flushed"] = new(1.0, 0.8, LowerIsBetter: true),
        ["binary-publish"] = new(1.0, 0.6, LowerIsBetter: true),
        ["binary-install"] = new(1.0, 0.8, LowerIsBetter: true),
        ["binary-install-moved"] = new(1.15, 1.05, LowerIsBetter: true),
        ["binary-memory-install-moved"] = new(128, 96, LowerIsBetter: true),
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
        ["tier-get-4k"] = new(0.95, 1),
        ["tier-get-64k"] = new(0.95, 1),
        ["tier-get-1m"] = new(0.95, 1),
        ["nodes-get-256m-cold"] = new(0.85, 1),
        ["nodes-post-4k-64"] = new(0.8, 1),
        ["nodes-post-1g"] = new(0.7, 0.9),
        ["nodes-shadir-put-64"] = new(0.7, 1),
        ["nodes-memory-upload"] = new(128, 64, LowerIsBetter: true),
        ["nodes-memory-slow"] = new(256, 128, LowerIsBetter: true),
        ["packages-npm-ci"] = new(1.2, 1.05, LowerIsBetter: true),
        ["packages-npm-ci-verdaccio"] = new(1.0 / 3, 0.2, LowerIsBetter: true),
        ["packages-archives-verdaccio"] = new(3, 6),
        ["packages-first-byte"] = new(1.2, 1.1, LowerIsBetter: true),
        ["packages-first-byte-index"] = new(1.2, 1.1, LowerIsBetter: true),
        ["packages-one-transfer"] = new(1, 1, LowerIsBetter: true),
    };

    /// <summary>The measurements of <c>--table</c>.</summary>
    public static IEnumerable<string> Table => Speed.Select(row => row.Id);

    /// <summary>The goal of a measurement; null when it has none.</summary>
    public static Goal? Find(string id) => ById.GetValueOrDefault(id);
}
