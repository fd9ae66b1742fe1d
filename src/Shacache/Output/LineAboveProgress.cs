using Spectre.Console.Rendering;

namespace Shacache.Cli.Output;

/// <summary>A line that is shown while progress is: what is left of the bars where it stands is erased first.</summary>
internal sealed class LineAboveProgress(string line) : Renderable
{
    /// <summary>ECMA-48, ED: from the cursor to the end of the screen.</summary>
    private const string EraseBelow = "\e[J";

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        options.Ansi ? [Segment.Control(EraseBelow), new Segment(line), Segment.LineBreak] : [new Segment(line), Segment.LineBreak];
}
