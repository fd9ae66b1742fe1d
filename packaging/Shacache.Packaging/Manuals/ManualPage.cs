using System.Text;
using System.Text.RegularExpressions;

namespace Shacache.Packaging.Manuals;

/// <summary>A manual page in the macros of man(7), as far as both groff and mandoc know them.</summary>
internal sealed partial class ManualPage
{
    private const int Width = 78;

    private readonly StringBuilder _text = new();

    /// <param name="name">Such as <c>shacache-fetch</c>.</param>
    /// <param name="section">1 for commands, 5 for files.</param>
    /// <param name="summary">What it is, in one line, for whatis(1).</param>
    /// <param name="edition">Version and date of the program.</param>
    public ManualPage(string name, int section, string summary, ManualEdition edition)
    {
        Name = name;
        Section = section;
        Summary = summary;
        Line($".TH \"{Escape(name.ToUpperInvariant())}\" {section} {edition.Date:yyyy-MM-dd} \"shacache {edition.Version}\" \"shacache\"");
        Heading("Name");
        Fill($"{Escape(name)} \\- {Escape(summary)}");
    }

    public string Name { get; }

    public int Section { get; }

    public string Summary { get; }

    public string FileName => $"{Name}.{Section}";

    /// <summary>Text in bold that keeps its hyphens.</summary>
    public static string Bold(string text) => $"\\fB{Escape(text)}\\fR";

    /// <summary>Text in italics, for what stands in the place of something else.</summary>
    public static string Italic(string text) => $"\\fI{Escape(text)}\\fR";

    /// <summary>Text for people: a word between backticks becomes bold.</summary>
    public static string Prose(string text) => Quoted().Replace(Escape(text), match => $"\\fB{match.Groups["word"].Value}\\fR");

    public void Heading(string title) => Line($".SH {Escape(title.ToUpperInvariant())}");

    public void Subheading(string title) => Line($".SS \"{title}\"");

    /// <summary>A paragraph of escaped text.</summary>
    public void Paragraph(string roff)
    {
        if (!IsAfterHeading())
            Line(".PP");
        Fill(roff);
    }

    /// <summary>An item of a list: what it is about, and what is said of that.</summary>
    public void Item(string tag, string roff)
    {
        Line(".TP");
        Line(tag);
        Fill(roff);
    }

    /// <summary>Lines that are shown as they are.</summary>
    public void Example(IEnumerable<string> lines)
    {
        if (!IsAfterHeading())
            Line(".PP");
        Line(".nf");
        Line(".RS");
        foreach (string line in lines)
            Line(Protect(Escape(line)));
        Line(".RE");
        Line(".fi");
    }

    public override string ToString() => _text.ToString();

    /// <summary>Writes characters so that neither groff nor mandoc takes them for something else, and so that what is copied from a terminal is what was meant.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => escaped.Append("\\e"),
                '-' => escaped.Append("\\-"),
                '\'' => escaped.Append("\\(aq"),
                '"' => escaped.Append("\\(dq"),
                '`' => escaped.Append("\\(ga"),
                '^' => escaped.Append("\\(ha"),
                '~' => escaped.Append("\\(ti"),
                > 126 => escaped.Append($"\\[u{rune.Value:X4}]"),
                _ => escaped.Append(rune),
            };
        }

        return escaped.ToString();
    }

    private bool IsAfterHeading()
    {
        int start = _text.ToString(0, _text.Length - 1).LastIndexOf('\n') + 1;
        return _text.ToString(start, 3) is ".SH" or ".SS";
    }

    /// <summary>Breaks text into lines, between words only.</summary>
    private void Fill(string roff)
    {
        var line = new StringBuilder();
        foreach (string word in roff.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                Line(Protect(line.ToString()));
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        Line(Protect(line.ToString()));
    }

    /// <summary>A line that begins with a dot would be a macro.</summary>
    private static string Protect(string line) => line.StartsWith('.') ? $"\\&{line}" : line;

    private void Line(string line) => _text.Append(line).Append('\n');

    [GeneratedRegex(@"\\\(ga(?<word>.+?)\\\(ga", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();
}

/// <summary>Of which program a manual page tells.</summary>
/// <param name="Version">The program's version.</param>
/// <param name="Date">The day of its sources, not of their packaging: pages of the same sources are the same.</param>
internal sealed record ManualEdition(string Version, DateOnly Date);
