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
