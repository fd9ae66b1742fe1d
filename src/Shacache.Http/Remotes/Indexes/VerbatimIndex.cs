namespace Shacache.Http.Remotes.Indexes;

/// <summary>A document that clients get as it came: it has no links that a client would follow.</summary>
internal abstract class VerbatimIndex : RemoteIndex
{
    public override string FindType(string? source) => source ?? "application/octet-stream";

    public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken) =>
        await source.Content.CopyToAsync(output, cancellationToken);
}
