namespace Shacache.Client;

/// <summary>Foreign text on one line of a message, bounded, without control characters.</summary>
internal static class OneLine
{
    private const int MaxLength = 300;

    public static string Of(Exception e) => Of(e.Message);

    public static string Of(string text)
    {
        string line = string.Create(Math.Min(text.Length, MaxLength), text, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
        });
        return line.Trim();
    }
}
