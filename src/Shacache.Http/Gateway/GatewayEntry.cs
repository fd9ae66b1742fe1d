using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Urls;
using Shacache.Http.Entries;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Gateway;

/// <summary>The text of entries about files that were fetched.</summary>
internal static class GatewayEntry
{
    private const string Promise = "promise";
    private const string Created = "created";
    private const string Record = "record";
    private const string ETag = "ETag";
    private const string LastModified = "Last-Modified";
    private const string ContentType = "Content-Type";
    private const string ContentEncoding = "Content-Encoding";

    /// <summary>Writes the text of an entry. ASCII only.</summary>
    /// <param name="key">The key that it is for.</param>
    /// <param name="file">The file. Credentials in its URL are left out: clients are told nothing of a URL that has some (<see cref="GatewayIndex"/>).</param>
    /// <param name="digest">Its content.</param>
    /// <param name="metadata">What the origin said about it.</param>
    /// <param name="now">When that was.</param>
    public static string Write(EntryKey key, OriginFile file, Digest digest, OriginMetadata metadata, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sha512", digest.ToString());
            json.WriteString("url", UrlSecrets.Redact(file.Url.Text));
            string name = FileName(file.Url);
            json.WriteString("file_name", name);
            if (key == file.Listing)
                json.WriteString("basename", name);
            WriteWhenKnown(json, Promise, file.Promise?.Hash.ToString());
            if (ReservedKeys.Contain(key) && key != file.Record)
                WriteWhenKnown(json, Record, file.Record?.Value);
            WriteWhenKnown(json, ETag, metadata.ETag);
            WriteWhenKnown(json, LastModified, metadata.LastModified);
            WriteWhenKnown(json, ContentType, metadata.ContentType);
            WriteWhenKnown(json, ContentEncoding, metadata.ContentEncoding);
            json.WriteString("key", key.Value);
            json.WriteString(Created, now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>What an entry says about a file.</summary>
    public static OriginMetadata ReadMetadata(SignedEntry entry)
    {
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        JsonElement root = information.RootElement;
        return OriginMetadata.Create(Find(root, ContentType), Find(root, ContentEncoding), Find(root, ETag), Find(root, LastModified));
    }

    /// <summary>What a note says beside that.</summary>
    public static GatewayNote ReadNote(SignedEntry entry)
    {
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        JsonElement root = information.RootElement;
        return new GatewayNote(
            Find(root, "url") ?? "",
            Find(root, Promise) is { } promise ? FileHash.Parse(promise) : null,
            DateTimeOffset.TryParse(Find(root, Created), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created) ? created : default)
        {
            Record = Find(root, Record) is { } record && EntryKey.TryCreate(record, out EntryKey? key, out _) && ReservedKeys.Contain(key) ? key : null,
        };
    }

    /// <summary>Whether an entry is the gateway's own note under a key: for whichever spelling of the URL.</summary>
    public static bool IsNote(SignedEntry entry, EntryKey key)
    {
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        return Find(information.RootElement, "key") == key.Value;
    }

    /// <summary>Whether an entry says of itself that it is about this URL: its signature does not cover the key it is listed under.</summary>
    public static bool IsAbout(SignedEntry entry, EntryKey key, OriginUrl url)
    {
        using JsonDocument information = JsonDocument.Parse(entry.Information);
        JsonElement root = information.RootElement;
        string? itsKey = Find(root, "key");
        string? itsUrl = Find(root, "url");
        string? itsMd5 = Find(root, "urlmd5");
        return (itsKey ?? itsUrl ?? itsMd5) is not null && (itsKey is null || itsKey == key.Value) && (itsUrl is null || itsUrl == url.Text) &&
            (itsMd5 is null || itsMd5.Equals(url.Md5, StringComparison.OrdinalIgnoreCase));
    }

    private static string FileName(OriginUrl url)
    {
        string path = url.WithoutQuery;
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]) is { Length: > 0 } name ? name : url.Host;
    }

    private static void WriteWhenKnown(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static string? Find(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}

/// <summary>What the gateway noted about a file that it keeps.</summary>
/// <param name="Url">Where it is from, without secrets.</param>
/// <param name="Promise">What an index said of it, and it was; null when none did.</param>
/// <param name="CheckedAt">When the origin last said so, to a second.</param>
internal sealed record GatewayNote(string Url, FileHash? Promise, DateTimeOffset CheckedAt)
{
    /// <summary>The further note of the same file; null when this is that one, or there is none.</summary>
    public EntryKey? Record { get; init; }
}
