using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using Shacache.Core.Messages;

namespace Shacache.Http.Pages.Markup;

/// <summary>Markup that may be sent as it is. It is made of interpolated strings alone: their literal parts are markup, whatever stands in a hole is text, and encoded.</summary>
/// <remarks>There is no way from a text at run time to markup, so that it cannot be forgotten to encode one. Holes in attributes stand between quotes.</remarks>
internal readonly struct Html
{
    private readonly string? _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>Nothing.</summary>
    public static Html None => default;

    /// <summary>Whether there is nothing.</summary>
    public bool IsNone => string.IsNullOrEmpty(_markup);

    /// <summary>Markup with text in its holes.</summary>
    public static Html Of(HtmlBuilder markup) => new(markup.ToMarkup());

    /// <summary>Markup that stands in the source as it is sent, such as the text of a style, which a browser does not decode.</summary>
    public static Html Constant([ConstantExpected] string markup) => new(markup);

    /// <summary>One after the other.</summary>
    public static Html Join(IEnumerable<Html> parts) => Of($"{parts}");

    /// <summary>A foreign text of any length and script: shortened, what steers or hides shown as an escape, and its direction of writing its own.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">The most characters that are shown.</param>
    public static Html Foreign(string text, int maxLength = 300) => Of($"<bdi>{Shorten(text, maxLength)}</bdi>");

    /// <summary>A foreign text that is a name or a number, in letters of one width.</summary>
    public static Html Code(string text, int maxLength = 300) => Of($"<code dir=\"auto\">{Shorten(text, maxLength)}</code>");

    /// <summary>The text, cut in its middle when it is longer, never within a character.</summary>
    public static string Shorten(string text, int maxLength)
    {
        if (text.Length <= maxLength)
            return text;
        int begin = maxLength * 3 / 4;
        int end = text.Length - (maxLength - begin);
        if (char.IsLowSurrogate(text[begin]))
            begin--;
        if (char.IsLowSurrogate(text[end]))
            end++;
        return $"{text[..begin]} … {text[end..]}";
    }

    /// <summary>The markup.</summary>
    public override string ToString() => _markup ?? "";
}

/// <summary>Puts markup together, and encodes what is none. The compiler makes it of an interpolated string.</summary>
[InterpolatedStringHandler]
internal readonly ref struct HtmlBuilder
{
    private readonly StringBuilder _markup;

    public HtmlBuilder(int literalLength, int formattedCount) => _markup = new StringBuilder(literalLength + (32 * formattedCount));

    public void AppendLiteral(string markup) => _markup.Append(markup);

    /// <summary>A text. What could steer the browser or turn the direction of writing is shown as an escape.</summary>
    public void AppendFormatted(string? text) => _markup.Append(HtmlEncoder.Default.Encode(Printable.Of(text ?? "")));

    public void AppendFormatted(Html markup) => _markup.Append(markup.ToString());

    public void AppendFormatted(IEnumerable<Html> parts)
    {
        foreach (Html part in parts)
            _markup.Append(part.ToString());
    }

    public void AppendFormatted(long number) => _markup.Append(number);

    public string ToMarkup() => _markup.ToString();
}
