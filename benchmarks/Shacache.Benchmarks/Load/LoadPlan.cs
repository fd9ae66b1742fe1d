namespace Shacache.Benchmarks.Load;

/// <summary>A load: who is asked, how, and what the right answer is.</summary>
internal sealed record LoadPlan
{
    /// <summary>Port of 127.0.0.1.</summary>
    public required int Port { get; init; }

    /// <summary>Connections at the same time, each with one request under way.</summary>
    public required int Connections { get; init; }

    /// <summary>Makes the requests of one connection, which is given by number.</summary>
    public required Func<int, IRequestSource> Requests { get; init; }

    /// <summary>The status that every answer must have.</summary>
    public required int Status { get; init; }

    /// <summary>The length that every answer's body must have; null for any.</summary>
    public long? BodyBytes { get; init; }

    /// <summary>Whether the server closes after each answer. A request is then finished when it has.</summary>
    public bool Close { get; init; }

    /// <summary>Threads of the generator.</summary>
    public int Threads => Math.Min(Connections, 2);
}
