using System.Globalization;
using System.Numerics;
using System.Text;

namespace Shacache.Client.Filters;

/// <summary>Reads JSON as Python's <c>json.loads</c> does, since filters promise its comparisons (docs/commands.md, "Filters").</summary>
/// <remarks>
/// Values become null, <see cref="bool"/>, <see cref="BigInteger"/>, <see cref="double"/>, <see cref="string"/>, <see cref="IReadOnlyList{T}"/>
/// and <see cref="IReadOnlyDictionary{TKey,TValue}"/>. Unlike <c>System.Text.Json</c> it knows <c>Infinity</c>, <c>-Infinity</c> and <c>NaN</c>,
/// integers of any size and lone surrogates; of members with one name the last counts.
/// </remarks>
internal sealed class PythonJsonReader
{
    /// <summary>Levels of nesting that are read; no entry has more.</summary>
    private const int MaxDepth = 64;

    /// <summary>Python refuses longer integers too: their conversion takes quadratic time.</summary>
    private const int MaxIntegerDigits = 4300;

    private readonly string _text;
    private int _at;

    private PythonJsonReader(string text) => _text = text;

    /// <summary>Reads a whole text.</summary>
    /// <exception cref="FormatException">It is not JSON; the message says where.</exception>
    public static object? Parse(string text)
    {
        var reader = new PythonJsonReader(text);
        object? value = reader.ReadValue(depth: 1);
        reader.SkipWhiteSpace();
        return reader._at == text.Length ? value : throw reader.Unexpected();
    }

    private object? ReadValue(int depth)
    {
        if (depth > MaxDepth)
            throw new FormatException($"nested deeper than {MaxDepth} levels");
        SkipWhiteSpace();
        return Peek() switch
        {
            '"' => ReadString(),
            '[' => ReadList(depth),
            '{' => ReadObject(depth),
            '-' when Take("-Infinity") => double.NegativeInfinity,
            '-' or (>= '0' and <= '9') => ReadNumber(),
            _ when Take("null") => null,
            _ when Take("true") => true,
            _ when Take("false") => false,
            _ when Take("Infinity") => double.PositiveInfinity,
            _ when Take("NaN") => double.NaN,
            _ => throw Unexpected(),
        };
    }

    private List<object?> ReadList(int depth)
    {
        List<object?> items = [];
        _at++;
        SkipWhiteSpace();
        if (Take("]"))
            return items;
        do
        {
            items.Add(ReadValue(depth + 1));
            SkipWhiteSpace();
        }
        while (Take(","));
        return Take("]") ? items : throw Unexpected();
    }

    private Dictionary<string, object?> ReadObject(int depth)
    {
        Dictionary<string, object?> members = new(StringComparer.Ordinal);
        _at++;
        SkipWhiteSpace();
        if (Take("}"))
            return members;
        do
        {
            SkipWhiteSpace();
            if (Peek() != '"')
                throw Unexpected();
            string name = ReadString();
            SkipWhiteSpace();
            if (!Take(":"))
                throw Unexpected();
            members[name] = ReadValue(depth + 1);
            SkipWhiteSpace();
        }
        while (Take(","));
        return Take("}") ? members : throw Unexpected();
    }

    private string ReadString()
    {
        StringBuilder value = new();
        for (_at++; ; _at++)
        {
            switch (Peek())
            {
                case '"':
                    _at++;
                    return value.ToString();
                case '\\':
                    _at++;
                    value.Append(ReadEscape());
                    break;
                case < ' ':
                    throw Unexpected();
                default:
                    value.Append(_text[_at]);
                    break;
            }
        }
    }

    private char ReadEscape()
    {
        switch (Peek())
        {
            case '"' or '\\' or '/':
                return _text[_at];
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u' when _at + 4 < _text.Length && ushort.TryParse(
                _text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit):
                _at += 4;
                return (char)unit;
            default:
                throw Unexpected();
        }
    }

    private object ReadNumber()
    {
        int start = _at;
        Take("-");
        if (!Take("0") && SkipDigits() == 0)
            throw Unexpected();
        int digits = _at - start;
        bool isInteger = !SkipFraction() & !SkipExponent();
        ReadOnlySpan<char> number = _text.AsSpan(start, _at - start);
        if (!isInteger)
            return double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);
        return digits <= MaxIntegerDigits
            ? BigInteger.Parse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : throw new FormatException($"an integer has more than {MaxIntegerDigits} digits");
    }

    private bool SkipFraction()
    {
        int before = _at;
        if (Take(".") && SkipDigits() > 0)
            return true;
        _at = before;
        return false;
    }

    private bool SkipExponent()
    {
        int before = _at;
        if ((Take("e") || Take("E")) && (Take("+") || Take("-") || true) && SkipDigits() > 0)
            return true;
        _at = before;
        return false;
    }

    private int SkipDigits()
    {
        int before = _at;
        while (char.IsAsciiDigit(Peek()))
            _at++;
        return _at - before;
    }

    private void SkipWhiteSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r')
            _at++;
    }

    private bool Take(string expected)
    {
        if (string.CompareOrdinal(_text, _at, expected, 0, expected.Length) != 0)
            return false;
        _at += expected.Length;
        return true;
    }

    /// <summary>The next character; NUL at the end, which is legal nowhere in JSON.</summary>
    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private FormatException Unexpected() => new(_at >= _text.Length
        ? "it ends too early"
        : $"unexpected character {(char.IsControl(_text[_at]) ? $"U+{(int)_text[_at]:X4}" : $"'{_text[_at]}'")} at position {_at + 1}");
}
