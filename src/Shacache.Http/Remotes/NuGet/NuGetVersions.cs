using System.Text.Json;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.NuGet;

/// <summary>The versions of a package.</summary>
internal sealed class NuGetVersions(string id) : VerbatimIndex
{
    /// <summary>So long may the list be, in bytes: a hundred thousand versions.</summary>
    private const int MaxBytes = 4 << 20;

    public override string Path => $"{NuGetService.Packages}/{id}/{NuGetService.FileName}";

    public override string Accept => "application/json";

    public override RemoteIndex Places { get; } = new NuGetService();

    public override string FindType(string? source) => "application/json";

    public override async ValueTask<string?> FindLinkAsync(IndexSource places, CancellationToken cancellationToken) =>
        (await NuGetService.ReadAsync(places, cancellationToken)).Packages is { } folder ? $"{folder}{id}/{NuGetService.FileName}" : null;

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(source, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or InvalidDataException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidDataException">It is no list of versions, or too long.</exception>
    public static async ValueTask<IReadOnlyList<string>> ReadAsync(IndexSource source, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        for (int count; (count = await source.Content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (bytes.Length + count > MaxBytes)
                throw new InvalidDataException($"a list of versions is longer than {MaxBytes} bytes");
            bytes.Write(buffer, 0, count);
        }

        using JsonDocument document = JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("versions", out JsonElement versions)
            ? [.. versions.EnumerateArray().Select(version => version.GetString()!.ToLowerInvariant())]
            : throw new InvalidDataException("it has no versions");
    }
}

/// <summary>A package or its description, of which no document says what it must be: clients compare it with their lock file and its signature.</summary>
internal sealed class NuGetFile(string id, string version, string file) : RemoteFile
{
    public override string Path => $"{NuGetService.Packages}/{id}/{version}/{file}";

    public override IReadOnlyList<RemoteIndex> Indexes { get; } = [new NuGetVersions(id)];

    public override RemoteIndex Places { get; } = new NuGetService();

    public override async ValueTask<NamedFile?> FindAsync(IndexSource source, CancellationToken cancellationToken) =>
        (await NuGetVersions.ReadAsync(source, cancellationToken)).Contains(version, StringComparer.Ordinal) ? new NamedFile(null, null) : null;

    public override async ValueTask<NamedFile> PlaceAsync(NamedFile named, IndexSource places, CancellationToken cancellationToken) =>
        named with { Link = (await NuGetService.ReadAsync(places, cancellationToken)).Packages is { } folder ? $"{folder}{id}/{version}/{file}" : throw new InvalidDataException($"it names no {NuGetService.PackageType}") };
}

/// <summary>What a registry says of the versions of a package: licences, dependencies, and whether they are listed.</summary>
internal sealed class NuGetRegistration(string id, string rest) : RemoteIndex
{
    public override string Path => $"{NuGetService.Registration}/{id}/{rest}";

    public override string Accept => "application/json";

    public override RemoteIndex Places { get; } = new NuGetService();

    public override string FindType(string? source) => "application/json";

    public override async ValueTask<string?> FindLinkAsync(IndexSource places, CancellationToken cancellationToken) =>
        (await NuGetService.ReadAsync(places, cancellationToken)).Registration is { } folder ? $"{folder}{id}/{rest}" : null;

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (Json.JsonPart _ in Json.JsonItems.ReadAsync(source.Content, "items", cancellationToken))
            {
                // To its end, which must come.
            }

            return null;
        }
        catch (JsonException e)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    public override ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        string own = source.Url.Text.Split('?')[0];
        string end = $"/{id}/{rest}";
        string? folder = own.EndsWith(end, StringComparison.Ordinal) ? own[..^(end.Length - 1)] : null;
        return Json.JsonStrings.CopyAsync(source.Content, output, text => Replace(text, folder, links), cancellationToken);
    }

    /// <summary>Leads links to other such documents, and to packages, to this server.</summary>
    private string? Replace(string text, string? folder, RemoteLinks links)
    {
        if (folder is not null && text.StartsWith(folder, StringComparison.Ordinal))
            return $"{links.Base}{NuGetService.Registration}/{text[folder.Length..]}";
        return text.Split('/') is [("https:" or "http:"), _, .., var package, var version, var file] && package == id && NuGetName.IsFileOf(file, id, version)
            ? $"{links.Base}{NuGetService.Packages}/{id}/{version}/{file}"
            : null;
    }
}
