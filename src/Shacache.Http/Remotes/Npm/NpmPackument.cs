using System.Text.Json;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;

namespace Shacache.Http.Remotes.Npm;

/// <summary>What the registry knows of a package: all of its versions, in full or abbreviated.</summary>
internal sealed class NpmPackument(string name, bool isAbbreviated) : RemoteIndex
{
    /// <summary>The media type of the short form, which <c>npm install</c> asks for.</summary>
    public const string Abbreviated = "application/vnd.npm.install-v1+json";

    public const string Versions = "versions";

    public override string Path => NpmName.Escape(name);

    public override string Name => Names[isAbbreviated ? 0 : 1];

    public override IReadOnlyList<string> Names { get; } = [$"abbreviated {name}", $"full {name}"];

    public override string Accept => isAbbreviated ? $"{Abbreviated}; q=1.0, application/json; q=0.8" : "application/json";

    public override string FindType(string? source) => source ?? "application/json";

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            bool hasVersions = false;
            await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, Versions, cancellationToken))
                hasVersions |= !part.Item.IsEmpty && NpmVersion.Read(part.Name, part.Item.Span) is not null;
            return hasVersions ? null : "it names no version with an archive";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        await foreach (JsonPart part in JsonItems.ReadAsync(source.Content, Versions, cancellationToken))
        {
            await output.WriteAsync(part.Before, cancellationToken);
            if (part.Item.IsEmpty)
                continue;
            if (NpmVersion.Read(part.Name, part.Item.Span) is not { } version)
            {
                await output.WriteAsync(part.Item, cancellationToken);
                continue;
            }

            await output.WriteAsync(part.Item[..version.LinkPlace.Start], cancellationToken);
            await output.WriteAsync(JsonText.Quote($"{links.Base}{name}/-/{Uri.EscapeDataString(version.FileNameIn(name))}"), cancellationToken);
            await output.WriteAsync(part.Item[(version.LinkPlace.Start + version.LinkPlace.Length)..], cancellationToken);
        }
    }
}

/// <summary>The tags of a package.</summary>
internal sealed class NpmTags(string name) : VerbatimIndex
{
    public override string Path => $"-/package/{NpmName.Escape(name)}/dist-tags";

    public override string Accept => "application/json";

    public override string FindType(string? source) => source ?? "application/json";

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (JsonPart _ in JsonItems.ReadAsync(source.Content, "", cancellationToken))
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
}
