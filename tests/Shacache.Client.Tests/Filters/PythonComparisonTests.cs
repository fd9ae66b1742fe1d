using System.Text.Json;

namespace Shacache.Client.Filters;

public sealed class PythonComparisonTests
{
    [Fact]
    public void Compare_EveryPairOfValues_IsAsPythonSays()
    {
        IReadOnlyList<JsonElement> rows = PythonData.Read("comparisons.json");
        object?[] values = [.. rows.Select(row => PythonJsonReader.Parse(Left(row)))];
        List<string> differences = [];
        for (int i = 0; i < values.Length; i++)
        {
            foreach (string op in new[] { "==", "<", "<=", ">", ">=" })
            {
                string expected = rows[i].GetProperty(op).GetString()!;
                for (int j = 0; j < values.Length; j++)
                {
                    if (Compare(values[i], op, values[j]) != expected[j])
                        differences.Add($"{Left(rows[i])} {op} {Left(rows[j])} is {expected[j]} in Python");
                }
            }
        }

        Assert.Empty(differences);
        Assert.True(values.Length > 60);
    }

    private static string Left(JsonElement row) => row.GetProperty("left").GetString()!;

    private static char Compare(object? left, string op, object? right)
    {
        if (op == "==")
            return PythonComparison.AreEqual(left, right) ? 'T' : 'F';
        if (!PythonComparison.TryCompare(left, right, out int? order))
            return '-';
        bool holds = op switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
        return holds ? 'T' : 'F';
    }
}
