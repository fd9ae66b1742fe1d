using System.Text.Json;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Remotes.Npm;

/// <summary>What a packument says of the archive of one version.</summary>
/// <param name="Version">The version.</param>
/// <param name="Link">Where the archive is.</param>
/// <param name="Hash">What it is; null when nothing says so.</param>
/// <param name="LinkPlace">Where the value of <c>tarball</c> begins in the object that it was read from, its quote included, and how long it is.</param>
internal sealed record NpmVersion(string Version, string Link, FileHash? Hash, (int Start, int Length) LinkPlace)
{
    /// <summary>The name of the archive, as this server calls it: that of the registry where it is like all others, so that lock files hold for both.</summary>
    /// <param name="package">The package.</param>
    public string FileNameIn(string package)
    {
        string plain = NpmName.WithoutScope(package);
        return LastSegment is { } last && last.StartsWith(plain, StringComparison.OrdinalIgnoreCase) && NpmName.IsFileName(last) ? last : $"{plain}-{Version}.tgz";
    }

    private string? LastSegment
    {
        get
        {
            string path = Link.Split('?', '#')[0];
            return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
        }
    }

    /// <summary>Reads an object of <c>versions</c>.</summary>
    /// <returns>Null when it names no archive.</returns>
    public static NpmVersion? Read(string version, ReadOnlySpan<byte> item)
    {
        var reader = new Utf8JsonReader(item);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isDist = reader.ValueTextEquals("dist"u8);
            reader.Read();
            if (isDist && reader.TokenType == JsonTokenType.StartObject)
                return ReadDist(version, ref reader);
            reader.TrySkip();
        }

        return null;
    }

    private static NpmVersion? ReadDist(string version, ref Utf8JsonReader reader)
    {
        string? link = null;
        (int Start, int Length) place = default;
        FileHash? integrity = null;
        FileHash? shasum = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string member = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                reader.TrySkip();
                continue;
            }

            switch (member)
            {
                case "tarball":
                    link = reader.GetString();
                    place = ((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));
                    break;
                case "integrity":
                    integrity = FileHash.ParseIntegrity(reader.GetString()!);
                    break;
                case "shasum":
                    shasum = FileHash.Find("sha1", reader.GetString()!);
                    break;
            }
        }

        return link is { Length: > 0 } ? new NpmVersion(version, link, integrity ?? shasum, place) : null;
    }
}
