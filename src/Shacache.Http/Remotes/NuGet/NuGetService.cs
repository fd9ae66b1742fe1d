using System.Text.Json;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;

namespace Shacache.Http.Remotes.NuGet;

/// <summary>The service index: which parts of the protocol there are, and where. A client gets the parts that this server has.</summary>
internal sealed class NuGetService : RemoteIndex
{
    public const string FileName = "index.json";

    /// <summary>Where versions and packages are below the remote.</summary>
    public const string Packages = "flat";

    /// <summary>Where descriptions of packages are below the remote.</summary>
    public const string Registration = "registration";

    private const string Resources = "resources";

    /// <summary>What versions and packages are called.</summary>
    public const string PackageType = "PackageBaseAddress/3.0.0";

    /// <summary>What says most first: some versions are not in the older ones.</summary>
    private static readonly string[] RegistrationTypes = ["RegistrationsBaseUrl/3.6.0", "RegistrationsBaseUrl/Versioned", "RegistrationsBaseUrl/3.4.0", "RegistrationsBaseUrl"];

    public override string Path => "";

    public override string Accept => "application/json";

    public override string FindType(string? source) => "application/json";

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAsync(source, cancellationToken)).Packages is null ? $"it names no {PackageType}" : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        bool hasRegistration = (await ReadAsync(source, cancellationToken)).Registration is not null;
        await using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("version", "3.0.0");
        json.WriteStartArray(Resources);
        Add(PackageType, Packages);
        foreach (string type in hasRegistration ? RegistrationTypes : [])
            Add(type, Registration);
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);

        void Add(string type, string folder)
        {
            json.WriteStartObject();
            json.WriteString("@id", $"{links.Base}{folder}/");
            json.WriteString("@type", type);
            json.WriteEndObject();
        }
    }

    /// <summary>Where the parts are at the origin, with a slash at their ends; null for those that it has not.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static async ValueTask<(string? Packages, string? Registration)> ReadAsync(IndexSource source, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, Resources, cancellationToken))
        {
            if (!part.Item.IsEmpty && JsonText.FindMember(part.Item.Span, "@type"u8) is { } type && JsonText.FindMember(part.Item.Span, "@id"u8) is { Length: > 0 } place &&
                (type == PackageType || RegistrationTypes.Contains(type, StringComparer.Ordinal)))
            {
                found.TryAdd(type, place.EndsWith('/') ? place : $"{place}/");
            }
        }

        return (found.GetValueOrDefault(PackageType), RegistrationTypes.Select(type => found.GetValueOrDefault(type)).FirstOrDefault(place => place is not null));
    }
}
