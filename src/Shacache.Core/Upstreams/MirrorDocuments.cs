using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Upstreams;

/// <summary>The JSON shapes of what is asked about upstreams (docs/protocol.md, "Mirrors").</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RefreshDocument))]
[JsonSerializable(typeof(ForwardReportDocument))]
[JsonSerializable(typeof(ForwardChangeDocument))]
[JsonSerializable(typeof(ForgottenDocument))]
[JsonSerializable(typeof(KeyPageDocument))]
[JsonSerializable(typeof(PulledKeyDocument))]
[JsonSerializable(typeof(PulledObjectDocument))]
[JsonSerializable(typeof(string))]
public sealed partial class MirrorDocuments : JsonSerializerContext;

/// <summary>The result of pulling something from upstreams.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PullOutcome>))]
public enum PullOutcome
{
    /// <summary>It failed; a line says why.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>It is here now, and was not before.</summary>
    [JsonStringEnumMemberName("pulled")]
    Pulled,

    /// <summary>It was here before.</summary>
    [JsonStringEnumMemberName("here")]
    Here,

    /// <summary>No upstream has it.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,
}

/// <summary>The result of pulling an object.</summary>
/// <param name="Outcome">Whether the server has it now.</param>
/// <param name="Problem">Why not; null when it has.</param>
/// <param name="MayPass">Whether it may go better the next time.</param>
/// <param name="Bytes">Its length; 0 when the server has it not.</param>
public sealed record PulledObjectDocument(PullOutcome Outcome, string? Problem, bool MayPass, long Bytes);

/// <summary>The result of pulling the entries of a key.</summary>
/// <param name="Outcome"><see cref="PullOutcome.Here"/> when upstreams list what was known before.</param>
/// <param name="Problem">Why it failed; null when it did not.</param>
/// <param name="MayPass">Whether it may go better the next time.</param>
/// <param name="Objects">The content of the entries that the server now lists under the key, each object once. Also when it failed: of what is known.</param>
/// <param name="Entries">How many entries that are.</param>
public sealed record PulledKeyDocument(PullOutcome Outcome, string? Problem, bool MayPass, IReadOnlyList<PulledKeyObject> Objects, int Entries);

/// <summary>An object that an entry points to.</summary>
/// <param name="Sha512">Its digest.</param>
/// <param name="IsHere">Whether the server has it.</param>
public sealed record PulledKeyObject(string Sha512, bool IsHere);

/// <summary>The result of asking upstreams again for every key that they listed before; the answer to <c>POST /shacache/update</c>.</summary>
/// <param name="Removed">Keys that they list no more.</param>
/// <param name="Updated">Keys under which they list other entries.</param>
public sealed record RefreshDocument(IReadOnlyList<string> Removed, IReadOnlyList<string> Updated);

/// <summary>A page of keys (docs/protocol.md, "Listing keys").</summary>
/// <param name="Keys">The keys, not escaped, in the order of their bytes in UTF-8.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null when there is none.</param>
/// <param name="Problems">A line for each upstream that was to be asked and whose keys are not among these; null for none.</param>
public sealed record KeyPageDocument(IReadOnlyList<string> Keys, string? Next, IReadOnlyList<string>? Problems = null);

/// <summary>How much was known about a URL that is forgotten.</summary>
/// <param name="Count">Entries, notes of the gateway, and listings of upstreams.</param>
public sealed record ForgottenDocument(int Count);

/// <summary>The queue of uploads for upstreams, as <c>GET /mirror/queue</c> shows it.</summary>
/// <param name="Waiting">How much is to be sent.</param>
/// <param name="Refused">How much was refused for good.</param>
/// <param name="Items">The first of it, the oldest first.</param>
public sealed record ForwardReportDocument(long Waiting, long Refused, IReadOnlyList<ForwardItemDocument> Items);

/// <summary>One upload for an upstream.</summary>
/// <param name="Upstream">The name of who is to get it.</param>
/// <param name="Sha512">The content; that of the entry, when it is one.</param>
/// <param name="Key">The key of an entry; null for content.</param>
/// <param name="QueuedAt">Since when it waits.</param>
/// <param name="Attempts">How many attempts failed.</param>
/// <param name="DueAt">When it is sent next; null when it was refused for good.</param>
/// <param name="RefusedAt">When it was refused for good; null while it waits.</param>
/// <param name="Problem">The last problem; null for none.</param>
public sealed record ForwardItemDocument(
    string Upstream, string Sha512, string? Key, DateTimeOffset QueuedAt, int Attempts, DateTimeOffset? DueAt, DateTimeOffset? RefusedAt, string? Problem);

/// <summary>How much of the queue was changed.</summary>
/// <param name="Count">Uploads.</param>
public sealed record ForwardChangeDocument(int Count);
