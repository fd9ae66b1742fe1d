using System.Text;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Scanning;

namespace Shacache.Client.Relocation.Reports;

/// <summary>Whether a release would move to another root, how far, what stands in the way, and what it needs (docs/relocation.md, "Looking before publishing").</summary>
public sealed record ReleaseReport
{
    /// <summary>The root under which it was built.</summary>
    public required string BuiltRoot { get; init; }

    /// <summary>Name of its folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The root that was asked about; null for any that is not longer.</summary>
    public string? WantedRoot { get; init; }

    /// <summary>The longest root, in bytes, that it can be moved to; null when nothing but the system limits it, 0 when it cannot be moved.</summary>
    public int? LongestRoot { get; init; }

    /// <summary>Files, and links, that name the path of the release.</summary>
    public required int Files { get; init; }

    /// <summary>Places that name it and are read when the release is used.</summary>
    public required long LivePlaces { get; init; }

    /// <summary>Places that name it and are not.</summary>
    public required long DeadPlaces { get; init; }

    /// <summary>Files by what they are, the most first.</summary>
    public required IReadOnlyList<FormCount> Forms { get; init; }

    /// <summary>What stands in the way, file by file: to any root where the limit is 0, otherwise to longer ones.</summary>
    public required IReadOnlyList<Obstacle> Obstacles { get; init; }

    /// <summary>What it needs of the machine, in lines.</summary>
    public required IReadOnlyList<string> Needs { get; init; }

    /// <summary>Paths to the neighbours of the release.</summary>
    public required IReadOnlyList<Obstacle> Neighbours { get; init; }

    /// <summary>What could not be looked at.</summary>
    public required IReadOnlyList<Obstacle> Notes { get; init; }

    /// <summary>Why it does not run on the platform that was asked about; null when nothing is known against it.</summary>
    public string? Mismatch { get; init; }

    /// <summary>Whether it would move to the root, and run on the platform, that were asked about.</summary>
    public bool WouldMove => Mismatch is null && Refusals.Count == 0;

    /// <summary>The obstacles to the root that was asked about.</summary>
    public IReadOnlyList<Obstacle> Refusals => [.. Obstacles.Where(obstacle => obstacle.LongestRoot < WantedBytes)];

    private int WantedBytes => Encoding.UTF8.GetByteCount((WantedRoot ?? BuiltRoot).TrimEnd('/'));

    internal static ReleaseReport Create(ScanResult scan, string? wantedRoot, string? mismatch) =>
        Create(scan.Map, scan.Requirements, wantedRoot, mismatch) with
        {
            Notes = [.. scan.Notes.Select(note => new Obstacle(note.File, Component.Of(note.File), note.What, null, 0))],
        };

    internal static ReleaseReport Create(RelocationMap map, ReleaseRequirements requirements, string? wantedRoot, string? mismatch)
    {
        MappedTrace[] traces = [.. map.Files.SelectMany(file => file.Traces)];
        return new ReleaseReport
        {
            BuiltRoot = map.Root,
            Folder = map.Folder,
            WantedRoot = wantedRoot,
            LongestRoot = RootLimit.Find(map),
            Files = map.Files.Count(file => file.Traces.Count > 0),
            LivePlaces = traces.Count(trace => !trace.Dead),
            DeadPlaces = traces.Count(trace => trace.Dead),
            Forms = [.. map.Files.Where(file => file.Traces.Count > 0).CountBy(file => file.Form).OrderByDescending(form => form.Value).Select(form => new FormCount(Words.Of(form.Key), form.Value))],
            Obstacles = [.. map.Files.Select(Obstacle.Find).OfType<Obstacle>().OrderBy(obstacle => obstacle.LongestRoot)],
            Needs = [.. RequirementLines.Of(requirements)],
            Neighbours = [.. requirements.Outside.Select(path => new Obstacle(path.File, Component.Of(path.File), $"names {path.Name}, which is not part of the release", null, 0))],
            Notes = [],
            Mismatch = mismatch,
        };
    }
}

/// <summary>How many files are of a kind.</summary>
/// <param name="Form">The kind.</param>
/// <param name="Count">Files.</param>
public sealed record FormCount(string Form, int Count);

/// <summary>Something about a file that stands in the way, or is to be known.</summary>
/// <param name="File">The file below the release's folder; empty for the release.</param>
/// <param name="Component">The part of the release that it belongs to: the folder in <c>parts</c>, or the first one.</param>
/// <param name="Reason">What, as a part of a sentence.</param>
/// <param name="Remedy">What to do about it; null when nothing is known.</param>
/// <param name="LongestRoot">The longest root, in bytes, to which it can be moved.</param>
public sealed record Obstacle(string File, string Component, string Reason, string? Remedy, int LongestRoot)
{
    internal static Obstacle? Find(MappedFile file)
    {
        MappedTrace? worst = file.Traces.Where(trace => RootLimit.Find(trace) is not null).MinBy(trace => RootLimit.Find(trace));
        if (worst is null)
            return null;
        int limit = RootLimit.Find(worst)!.Value;
        string place = $"{Words.Of(worst.Use)} at byte {worst.At}";
        return worst.Change == TraceChange.None
            ? new Obstacle(file.Path, Reports.Component.Of(file.Path), $"{place}: {worst.Why}", Remedies.Of(file, worst), 0)
            : new Obstacle(file.Path, Reports.Component.Of(file.Path), $"{place} has room for a root of {limit} bytes", "build under a longer root: slashes fill what a shorter one leaves", limit);
    }
}

/// <summary>The part of a release that a file belongs to.</summary>
internal static class Component
{
    public static string Of(string path)
    {
        string[] names = path.Split('/');
        return names.Length > 2 && names[0] == "parts" ? names[1] : names.Length > 1 ? names[0] : "";
    }
}
