using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Client.Errors;

namespace Shacache.Client.Entries;

/// <summary>Writes JSON as Python's <c>json.dumps</c> does, so that entries look like those of the Python client.</summary>
/// <remarks>ASCII only, everything else as <c>\uXXXX</c>; <c>", "</c> and <c>": "</c> between; floating point as Python's repr.</remarks>
public static class PythonJson
{
    /// <summary>The deepest nesting that is written; a server accepts no deeper one.</summary>
    internal const int MaxDepth = 64;

    /// <summary>Writes a value.</summary>
    /// <param name="value">Null is written as <c>null</c>.</param>
    /// <exception cref="ArgumentException">It is nested too deep, or holds a number that JSON or Python cannot carry.</exception>
    public static string Write(JsonNode? value)
    {
        var text = new StringBuilder();
        Write(text, value, depth: 1);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonNode? value, int depth)
    {
        if (depth > MaxDepth)
            throw new ArgumentException($"The JSON is nested more than {MaxDepth} levels deep.", nameof(value));
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                WriteObject(text, members, depth);
                break;
            case JsonArray items:
                text.Append('[');
                for (int i = 0; i < items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Write(text, items[i], depth + 1);
                }

                text.Append(']');
                break;
            default:
                WriteScalar(text, value);
                break;
        }
    }

    private static void WriteObject(StringBuilder text, JsonObject members, int depth)
    {
        text.Append('{');
        string separator = "";
        foreach ((string name, JsonNode? member) in members)
        {
            text.Append(separator);
            WriteText(text, name);
            text.Append(": ");
            Write(text, member, depth + 1);
            separator = ", ";
        }

        text.Append('}');
    }

    private static void WriteScalar(StringBuilder text, JsonNode value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                // A value may be of any .NET type that is a string in JSON, such as a date.
                using (JsonDocument written = JsonDocument.Parse(value.ToJsonString()))
                    WriteText(text, written.RootElement.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value.ToJsonString()));
                break;
            default:
                text.Append(value.ToJsonString());
                break;
        }
    }

    private static void WriteText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\f' => text.Append("\\f"),
                '\b' => text.Append("\\b"),
                >= ' ' and <= '~' => text.Append(c),
                _ => text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
            };
        }

        text.Append('"');
    }

    /// <summary>An integer keeps its digits, whatever their number; anything else becomes a double, as Python reads it.</summary>
    private static string Number(string json)
    {
        if (!json.AsSpan().ContainsAny('.', 'e', 'E'))
            return json == "-0" ? "0" : json;
        double number = double.Parse(json, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
            throw new ArgumentException($"The number {OneLine.Of(json)} is too large for JSON that Python reads.", nameof(json));
        return Repr(number);
    }

    /// <summary>Python's repr: the shortest digits that round-trip, with an exponent below 1e-4 and from 1e16 on.</summary>
    private static string Repr(double number)
    {
        string shortest = number.ToString("R", CultureInfo.InvariantCulture).TrimStart('-');
        string[] parts = shortest.Split('E');
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        int point = parts[0].IndexOf('.') is >= 0 and int index ? index : parts[0].Length;
        int zeros = digits.Length - digits.TrimStart('0').Length;
        int exponent = point - zeros - 1 + (parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0);
        digits = digits.Trim('0');
        string sign = double.IsNegative(number) ? "-" : "";
        if (digits.Length == 0)
            return sign + "0.0";
        if (exponent is < -4 or >= 16)
        {
            string fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        digits = digits.PadRight(exponent + 2, '0');
        return $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }
}
