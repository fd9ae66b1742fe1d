using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Overview;

/// <summary>A part of the overview. Each feature registers its own; one whose feature is off renders nothing.</summary>
internal interface IOverviewPart
{
    /// <summary>Parts with lower numbers come first.</summary>
    int Place { get; }

    /// <summary>Renders it, with work that does not grow with what is stored.</summary>
    /// <returns>Null when there is nothing to show to this visitor.</returns>
    /// <exception cref="Core.Entries.EntryStoreException">The backend failed: the page says so in its place. So do the exceptions of the other stores.</exception>
    ValueTask<OverviewPart?> RenderAsync(PageVisitor visitor, CancellationToken cancellationToken);
}

/// <summary>What a part shows.</summary>
/// <param name="Title">Its heading, plain text.</param>
/// <param name="Body">Its content; nothing for figures alone.</param>
internal sealed record OverviewPart(string Title, Html Body)
{
    /// <summary>What stands in large letters at the top of the page.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>What the operator has to look after, each in a sentence of plain text.</summary>
    public IReadOnlyList<string> Alarms { get; init; } = [];

    /// <summary>Whether it takes the whole width.</summary>
    public bool IsWide { get; init; }
}

/// <summary>A number that says much.</summary>
/// <param name="Label">Of what.</param>
/// <param name="Value">The number, with its unit.</param>
/// <param name="Note">What to hold it against.</param>
internal readonly record struct Figure(string Label, string Value, string Note);

/// <summary>Whether the server is able to serve.</summary>
internal interface IHealth
{
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken);
}

/// <summary>Where parts stand.</summary>
internal static class OverviewPlace
{
    public const int Traffic = 10;
    public const int Store = 20;
    public const int Savings = 30;
    public const int Upstreams = 40;
    public const int Repair = 50;
    public const int Recent = 60;
    public const int Usage = 70;
}
