using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Shacache.Client.Relocation.Documents;

/// <summary>The two documents as they are stored: JSON in gzip, the same bytes for the same content.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RelocationMap))]
[JsonSerializable(typeof(ReleaseRequirements))]
internal sealed partial class RelocationDocuments : JsonSerializerContext
{
    /// <summary>The longest document that is read, inflated: what a release of some ten million places has.</summary>
    public const int MaxBytes = 1 << 30;

    /// <summary>Writes a map.</summary>
    public static void Write(RelocationMap map, Stream destination) => Write(map, Default.RelocationMap, destination);

    /// <summary>Writes requirements.</summary>
    public static void Write(ReleaseRequirements requirements, Stream destination) => Write(requirements, Default.ReleaseRequirements, destination);

    /// <summary>Reads a map.</summary>
    /// <exception cref="FormatException">It is none, or of a newer version.</exception>
    public static RelocationMap ReadMap(Stream source)
    {
        RelocationMap map = Read(source, Default.RelocationMap, "relocation map");
        return map.Version == Documents.RelocationMap.CurrentVersion ? map : throw Newer("relocation map", map.Version);
    }

    /// <summary>Reads requirements.</summary>
    /// <exception cref="FormatException">They are none, or of a newer version.</exception>
    public static ReleaseRequirements ReadRequirements(Stream source)
    {
        ReleaseRequirements requirements = Read(source, Default.ReleaseRequirements, "list of requirements");
        return requirements.Version == Documents.ReleaseRequirements.CurrentVersion ? requirements : throw Newer("list of requirements", requirements.Version);
    }

    private static void Write<T>(T document, JsonTypeInfo<T> type, Stream destination)
    {
        using var gzip = new GZipStream(destination, new ZLibCompressionOptions { CompressionLevel = 6 }, leaveOpen: true);
        JsonSerializer.Serialize(gzip, document, type);
    }

    private static T Read<T>(Stream source, JsonTypeInfo<T> type, string what)
    {
        try
        {
            using var gzip = new GZipStream(source, CompressionMode.Decompress, leaveOpen: true);
            using var bounded = new BoundedStream(gzip, MaxBytes);
            return JsonSerializer.Deserialize(bounded, type) ?? throw new FormatException($"The {what} is empty.");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or NotSupportedException)
        {
            throw new FormatException($"The {what} is malformed: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static FormatException Newer(string what, int version) =>
        new($"The {what} has version {version}, which this version of shacache does not know.");
}
