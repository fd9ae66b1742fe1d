using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Shacache.Core.Platforms;

/// <summary>Reads the text of a Python tuple or list of strings, such as <c>('debian', '7.0', '')</c>; old entries hold it.</summary>
internal ref struct PythonTuple
{
    private readonly ReadOnlySpan<char> _text;
    private int _position;

    private PythonTuple(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Reads the strings; nothing but white space may stand around them.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out string[]? items)
    {
        var reader = new PythonTuple(text.Trim());
        return reader.TryRead(out items);
    }

    private bool TryRead([NotNullWhen(true)] out string[]? items)
    {
        items = null;
        var read = new List<string>();
        char close = Take('(') ? ')' : Take('[') ? ']' : '\0';
        if (close == '\0')
            return false;
        while (!Take(close))
        {
            if (read.Count > 0 && !Take(','))
                return false;
            // A comma may follow the last item.
            if (Take(close))
                break;
            if (!TryReadString(out string? item))
                return false;
            read.Add(item);
        }

        items = [.. read];
        return _position == _text.Length;
    }

    private bool Take(char wanted)
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
            _position++;
        if (_position == _text.Length || _text[_position] != wanted)
            return false;
        _position++;
        return true;
    }

    private bool TryReadString([NotNullWhen(true)] out string? item)
    {
        item = null;
        // Python 2 marked Unicode strings.
        if (Take('u') && _position < _text.Length && _text[_position] is not ('\'' or '"'))
            return false;
        char quote = Take('\'') ? '\'' : Take('"') ? '"' : '\0';
        if (quote == '\0')
            return false;
        var value = new StringBuilder();
        while (_position < _text.Length && _text[_position] != quote)
        {
            char c = _text[_position++];
            if (c != '\\')
                value.Append(c);
            else if (!TryReadEscape(value))
                return false;
        }

        item = value.ToString();
        return Take(quote);
    }

    private bool TryReadEscape(StringBuilder value)
    {
        if (_position == _text.Length)
            return false;
        char kind = _text[_position++];
        int digits = kind switch { 'x' => 2, 'u' => 4, _ => 0 };
        if (digits == 0)
        {
            value.Append(kind);
            return kind is '\\' or '\'' or '"';
        }

        if (_position + digits > _text.Length ||
            !ushort.TryParse(_text.Slice(_position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
        {
            return false;
        }

        value.Append((char)code);
        _position += digits;
        return true;
    }
}
