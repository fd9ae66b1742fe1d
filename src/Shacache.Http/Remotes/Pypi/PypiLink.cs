using System.Text.Json;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Pypi;

/// <summary>What a page of a simple index says of one file, whichever form it has.</summary>
internal sealed class PypiLink
{
    /// <summary>Stands in paths for the hash of a file that has none.</summary>
    public const string NoHash = "-";

    /// <summary>The attributes of PEP 503, 592, 658 and 714, as HTML has them, in the order in which they came; those of a page are kept, known or not.</summary>
    private readonly List<KeyValuePair<string, string?>> _attributes = [];

    private PypiLink(string fileName, string url)
    {
        FileName = fileName;
        Url = url;
    }

    public string FileName { get; }

    /// <summary>Where it is, as the page says it, without a fragment.</summary>
    public string Url { get; }

    /// <summary>The strongest of its hashes; null for none.</summary>
    public FileHash? Hash { get; private set; }

    /// <summary>The hash of its metadata file; null when there is none, or it has no hash.</summary>
    public FileHash? MetadataHash { get; private set; }

    /// <summary>Whether its metadata file is beside it.</summary>
    public bool HasMetadata => _attributes.Any(attribute => attribute is { Key: "data-core-metadata" or "data-dist-info-metadata", Value: not "false" });

    /// <summary>Where the value of <c>url</c> begins in the object that it was read from, its quote included, and how long it is.</summary>
    public (int Start, int Length) UrlPlace { get; private set; }

    /// <summary>Attributes of the link but for <c>href</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Attributes => _attributes;

    /// <summary>The path of the file below the remote.</summary>
    public string PathIn(string project) => $"files/{project}/{Hash?.ToString() ?? NoHash}/{Uri.EscapeDataString(FileName)}";

    /// <summary>The link that a client gets.</summary>
    public string Rewrite(string project, RemoteLinks links) => links.Base + PathIn(project);

    /// <summary>Reads a link of a page.</summary>
    /// <returns>Null when it is none to a file.</returns>
    public static PypiLink? Read(HtmlLink anchor)
    {
        if (anchor.Find("href") is not { Length: > 0 } href)
            return null;
        string[] parts = href.Split('#', 2);
        string path = parts[0].Split('?')[0];
        string name = Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
        if (!PypiName.IsFileName(name))
            return null;
        var link = new PypiLink(name, parts[0]) { Hash = parts.Length > 1 ? FindHash(parts[1]) : null };
        link._attributes.AddRange(anchor.Attributes.Where(attribute => IsKept(attribute.Key)).DistinctBy(attribute => attribute.Key));
        if ((anchor.Find("data-core-metadata") ?? anchor.Find("data-dist-info-metadata")) is { } metadata)
            link.MetadataHash = FindHash(metadata);
        return link;
    }

    /// <summary>Reads an object of <c>files</c> (PEP 691).</summary>
    /// <returns>Null when it names no file.</returns>
    /// <exception cref="JsonException">A member has a value that it must not have.</exception>
    public static PypiLink? Read(ReadOnlySpan<byte> item)
    {
        var reader = new Utf8JsonReader(item);
        string? name = null;
        string? url = null;
        (int Start, int Length) place = default;
        List<FileHash> hashes = [];
        FileHash? metadata = null;
        List<KeyValuePair<string, string?>> attributes = [];
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string member = reader.GetString()!;
            reader.Read();
            switch (member)
            {
                case "filename" when reader.TokenType == JsonTokenType.String:
                    name = reader.GetString();
                    break;
                case "url" when reader.TokenType == JsonTokenType.String:
                    url = reader.GetString();
                    place = ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
                    break;
                case "hashes" when reader.TokenType == JsonTokenType.StartObject:
                    ReadHashes(ref reader, hashes);
                    break;
                case "requires-python" when reader.TokenType == JsonTokenType.String:
                    attributes.Add(new("data-requires-python", reader.GetString()));
                    break;
                case "yanked" when reader.TokenType is JsonTokenType.String or JsonTokenType.True:
                    attributes.Add(new("data-yanked", reader.TokenType == JsonTokenType.String ? reader.GetString() : ""));
                    break;
                case "gpg-sig" when reader.TokenType is JsonTokenType.True or JsonTokenType.False:
                    attributes.Add(new("data-gpg-sig", reader.TokenType == JsonTokenType.True ? "true" : "false"));
                    break;
                case "core-metadata" or "dist-info-metadata" or "data-dist-info-metadata":
                    metadata = ReadMetadata(ref reader, member, attributes) ?? metadata;
                    break;
                default:
                    reader.TrySkip();
                    break;
            }
        }

        if (name is null || url is not { Length: > 0 } || !PypiName.IsFileName(name))
            return null;
        var link = new PypiLink(name, url.Split('#')[0]) { Hash = FileHash.Strongest(hashes), MetadataHash = metadata, UrlPlace = place };
        link._attributes.AddRange(attributes.DistinctBy(attribute => attribute.Key));
        return link;
    }

    /// <summary>What tools read, and nothing by which a page could act.</summary>
    private static bool IsKept(string attribute) =>
        attribute == "rel" || (attribute.StartsWith("data-", StringComparison.Ordinal) && attribute.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static FileHash? FindHash(string text) => text.Split('&')[0].Split('=', 2) is [var algorithm, var value] ? FileHash.Find(algorithm, value) : null;

    private static void ReadHashes(ref Utf8JsonReader reader, List<FileHash> hashes)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string algorithm = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String && FileHash.Find(algorithm, reader.GetString()!) is { } hash)
                hashes.Add(hash);
            else
                reader.TrySkip();
        }
    }

    private static FileHash? ReadMetadata(ref Utf8JsonReader reader, string member, List<KeyValuePair<string, string?>> attributes)
    {
        // PyPI says the same under the old and the new name (PEP 714).
        string attribute = member == "core-metadata" ? "data-core-metadata" : "data-dist-info-metadata";
        if (reader.TokenType == JsonTokenType.True)
            attributes.Add(new(attribute, "true"));
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.TrySkip();
            return null;
        }

        List<FileHash> hashes = [];
        ReadHashes(ref reader, hashes);
        FileHash? hash = FileHash.Strongest(hashes);
        attributes.Add(new(attribute, hash is null ? "true" : $"{hash.Algorithm}={hash.Hex}"));
        return hash;
    }
}
