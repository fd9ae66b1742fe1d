using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Tests.Signing;

/// <summary>Entries that OpenSSL signed as deployed clients do, and who trusts each of them.</summary>
internal sealed record SignatureVectors(
    [property: JsonPropertyName("certificates")] Dictionary<string, string> Certificates,
    [property: JsonPropertyName("private_keys")] Dictionary<string, string> PrivateKeys,
    [property: JsonPropertyName("cases")] List<SignatureVectors.Case> Cases)
{
    public static SignatureVectors Read() =>
        JsonSerializer.Deserialize<SignatureVectors>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", "signatures.json")))!;

    internal sealed record Case(
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("information")] string Information,
        [property: JsonPropertyName("signature")] string Signature,
        [property: JsonPropertyName("trusted_by")] List<string> TrustedBy);
}
