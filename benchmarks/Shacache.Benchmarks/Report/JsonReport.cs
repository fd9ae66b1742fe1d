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
        WriteTexts(json, "failures", table.Failures);
        WriteTexts(json, "notMeasured", table.Skips);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Measurement m)
    {
        json.WriteStartObject();
        json.WriteString("id", m.Id);
        json.WriteString("title", m.Title);
        json.WriteString("unit", m.Unit);
        json.WriteString("against", m.Against);
        if (m.Goal is { } goal)
        {
            json.WriteNumber("toReach", goal.ToReach);
            json.WriteNumber("ambitious", goal.Ambitious);
        }

        json.WriteStartArray("programs");
        foreach (ProgramResult program in m.Programs)
            Write(json, program, m.Goal);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ProgramResult program, Goal? goal)
    {
        double judged = Measurement.Median(program.Judged);
        json.WriteStartObject();
        json.WriteString("program", program.Program);
        json.WriteNumber("judged", Math.Round(judged, 4));
        if (goal is not null)
            json.WriteString("reached", goal.Judge(judged));
        WriteNumbers(json, "ours", program.Ours);
        if (program.Theirs.Count > 0)
        {
            WriteNumbers(json, "theirs", program.Theirs);
            WriteNumbers(json, "ratios", program.Ratios);
        }

        if (program.OurCpuMicroseconds > 0)
            json.WriteNumber("ourCpuMicroseconds", Math.Round(program.OurCpuMicroseconds, 2));
        if (program.TheirCpuMicroseconds > 0)
            json.WriteNumber("theirCpuMicroseconds", Math.Round(program.TheirCpuMicroseconds, 2));
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<(string Id, string Text)> texts)
    {
        json.WriteStartObject(name);
        foreach ((string id, string text) in texts)
            json.WriteString(id, text);
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
