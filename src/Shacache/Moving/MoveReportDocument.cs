using System.Text.Json.Serialization;

namespace Shacache.Cli.Moving;

/// <summary>What a copy did.</summary>
/// <param name="Source">What was copied.</param>
/// <param name="Target">Where to.</param>
/// <param name="Passes">Each look at everything.</param>
/// <param name="IsComplete">Whether nothing is left.</param>
/// <param name="DamagedObjects">What is damaged in the source, and so was not copied: why, by digest.</param>
internal sealed record MoveReportDocument(
    string Source, string Target, IReadOnlyList<MovePassDocument> Passes, bool IsComplete, IReadOnlyDictionary<string, string> DamagedObjects);

/// <summary>What one look at everything found to do, and did.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="Objects">Objects that were copied.</param>
/// <param name="Bytes">How long they are together.</param>
/// <param name="RemovedObjects">Objects that were removed from the target.</param>
/// <param name="GoneObjects">Objects that went while they were to be copied.</param>
/// <param name="Rows">Rows that were written or deleted, by what they are called.</param>
/// <param name="Notes">The same of what readers cause, which does not count.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record MovePassDocument(
    int Number, long Objects, long Bytes, long RemovedObjects, long GoneObjects, IReadOnlyDictionary<string, long> Rows, long Notes, double Seconds)
{
    /// <summary>Whether there was nothing to do.</summary>
    [JsonIgnore]
    public bool IsQuiet => Objects == 0 && RemovedObjects == 0 && GoneObjects == 0 && Rows.Count == 0;
}

/// <summary>Their JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MoveReportDocument))]
internal sealed partial class MoveDocuments : JsonSerializerContext;
