using System.Text.Json;
using System.Text.Json.Serialization;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;

namespace Shacache.Cli.Tier;

/// <summary>What a node knew when it last heard of the others, in a file beside its tier: so that after a start it serves from the tier while the database is away.</summary>
/// <param name="Origin">Of which content and database. The tier of another one is not used.</param>
/// <param name="Number">Of the last removal that the node was told; null when none was.</param>
/// <param name="Blocks">What was blocked then.</param>
internal sealed record TierKnowledge(string Origin, long? Number, IReadOnlyList<Block> Blocks)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "known.json";

    private const int Format = 1;

    /// <summary>Reads it; null when it is not there, cannot be read, or is of another version.</summary>
    public static TierKnowledge? Read(string folder)
    {
        try
        {
            using FileStream file = File.OpenRead(Path.Combine(folder, FileName));
            TierKnowledgeDocument? known = JsonSerializer.Deserialize(file, TierDocuments.Default.TierKnowledgeDocument);
            if (known is not { Format: Format, Origin: { } origin, Blocks: { } blocks })
                return null;
            return new TierKnowledge(origin, known.Number, [.. blocks.Select(block => new Block(
                block.Digest is { } digest ? RuleSubject.Of(Digest.Parse(digest)) : RuleSubject.Of(EntryKey.Create(block.Key ?? "")), block.Reason ?? ""))]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Writes it. After a crash there is this one, the one before, or none.</summary>
    /// <exception cref="BlobStoreException">It cannot be written.</exception>
    public void Write(string folder)
    {
        string path = Path.Combine(folder, FileName);
        var document = new TierKnowledgeDocument(
            Format, Origin, Number, [.. Blocks.Select(block => new TierBlockDocument(block.Subject.Digest?.ToString(), block.Subject.Key?.Value, block.Reason))]);
        try
        {
            using (FileStream file = File.Create($"{path}.new"))
            {
                JsonSerializer.Serialize(file, document, TierDocuments.Default.TierKnowledgeDocument);
                file.Flush(flushToDisk: true);
            }

            File.Move($"{path}.new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"What is known of other nodes cannot be written to {path}: {e.Message}", e);
        }
    }
}

/// <summary>The file.</summary>
internal sealed record TierKnowledgeDocument(int Format, string? Origin, long? Number, IReadOnlyList<TierBlockDocument>? Blocks);

/// <summary>A block in it: of a digest or of a key.</summary>
internal sealed record TierBlockDocument(string? Digest, string? Key, string? Reason);

/// <summary>Its JSON.</summary>
[JsonSerializable(typeof(TierKnowledgeDocument))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class TierDocuments : JsonSerializerContext;
