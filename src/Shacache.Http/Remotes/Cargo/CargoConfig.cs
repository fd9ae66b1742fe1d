using System.Text;
using System.Text.Json;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;

namespace Shacache.Http.Remotes.Cargo;

/// <summary>The document that says where archives are. A client gets one that leads here, and neither the place to publish nor the wish for a token: this server has its own.</summary>
internal sealed class CargoConfig : RemoteIndex
{
    public const string FileName = "config.json";

    /// <summary>Where archives are below the remote.</summary>
    public const string Folder = "crates";

    private const int MaxBytes = 64 * 1024;

    public override string Path => FileName;

    public override string FindType(string? source) => "application/json";

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken) =>
        await ReadPlaceAsync(source, cancellationToken) is null ? "it does not say where archives are (dl)" : null;

    public override async ValueTask WriteAsync(IndexSource source, RemoteLinks links, Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync("{\"dl\":"u8.ToArray(), cancellationToken);
        await output.WriteAsync(JsonText.Quote(links.Base + Folder), cancellationToken);
        await output.WriteAsync("}"u8.ToArray(), cancellationToken);
    }

    /// <summary>Where archives are at the origin, as its document says it; null when it says nothing.</summary>
    public static async ValueTask<string?> ReadPlaceAsync(IndexSource source, CancellationToken cancellationToken)
    {
        byte[] text = new byte[MaxBytes];
        int count = await source.Content.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, cancellationToken);
        try
        {
            return count < text.Length && JsonText.FindMember(text.AsSpan(0, count), "dl"u8) is { Length: > 0 } place ? place : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return null;
        }
    }
}
