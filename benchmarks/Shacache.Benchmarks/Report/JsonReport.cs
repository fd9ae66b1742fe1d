using System.Text.Json;

namespace Shacache.Benchmarks.Report;

/// <summary>The same as a file, with every round.</summary>
internal static class JsonReport
{
    private static readonly JsonWriterOptions Options = new() { Indented = true };

    public static void Write(string path, ResultTable table, DateTimeOffset measuredAt)
    {
        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, Options);
        json.WriteStartObject();
        json.WriteString("measuredAt", measuredAt);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteStartArray("measurements");
        foreach (Measurement m in table.Measurements)
            Write(json, m);
        json.WriteEndArray();
        json.WriteStartObject("failures");
        foreach ((string id, string problem) in table.Failures)
            json.WriteString(id, problem);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Measurement m)
    {
        json.WriteStartObject();
        json.WriteString("id", m.Id);
        json.WriteString("title", m.Title);
        json.WriteString("unit", m.Unit);
        WriteNumbers(json, "ours", m.Ours);
        if (m.Theirs.Count > 0)
        {
            json.WriteString("against", m.Against);
            WriteNumbers(json, "theirs", m.Theirs);
            WriteNumbers(json, "ratios", m.Ratios);
        }

        if (m.OurCpuMicroseconds > 0)
        {
            json.WriteNumber("ourCpuMicroseconds", Math.Round(m.OurCpuMicroseconds, 2));
            json.WriteNumber("theirCpuMicroseconds", Math.Round(m.TheirCpuMicroseconds, 2));
        }

        if (m.Goal is { } goal)
        {
            json.WriteNumber("judged", Math.Round(m.Judged, 4));
            json.WriteNumber("minimal", goal.Minimal);
            json.WriteNumber("ambitious", goal.Ambitious);
            json.WriteString("reached", goal.Judge(m.Judged));
        }

        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (double number in numbers)
            json.WriteNumberValue(Math.Round(number, 4));
        json.WriteEndArray();
    }
}
