using System.Text.Json.Serialization;

namespace Shacache.Core.Upstreams;

/// <summary>What came of making a server have something that its upstreams have.</summary>
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

    /// <summary>Nobody has it.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,
}
