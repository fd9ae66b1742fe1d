using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Upstreams;

/// <summary>The JSON shapes of what is asked about remotes (docs/protocol.md, "Remotes").</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RemoteListDocument))]
[JsonSerializable(typeof(RemoteCheckDocument))]
[JsonSerializable(typeof(RemoteOrderDocument))]
[JsonSerializable(typeof(RemoteFetchDocument))]
public sealed partial class RemoteDocuments : JsonSerializerContext;

/// <summary>The remotes of a server.</summary>
/// <param name="Remotes">In the order of their names.</param>
public sealed record RemoteListDocument(IReadOnlyList<RemoteDocument> Remotes);

/// <summary>A remote.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it is, such as <c>pypi</c>.</param>
/// <param name="Path">Where this server serves it.</param>
/// <param name="Urls">Where its origins are.</param>
/// <param name="Offline">Whether no origin is asked.</param>
public sealed record RemoteDocument(string Name, string Type, string Path, IReadOnlyList<string> Urls, bool Offline);

/// <summary>How the origins of a server's remotes answer.</summary>
/// <param name="Checks">One for each URL of each remote that is not offline.</param>
public sealed record RemoteCheckDocument(IReadOnlyList<RemoteProbeDocument> Checks);

/// <summary>How one origin answers.</summary>
/// <param name="Remote">The name of the remote.</param>
/// <param name="Url">The URL.</param>
/// <param name="Problem">What is wrong; null when nothing is.</param>
/// <param name="Milliseconds">How long the answer took.</param>
public sealed record RemoteProbeDocument(string Remote, string Url, string? Problem, double Milliseconds);

/// <summary>Something that is to be fetched in advance: a package by its type and name, or a file by its URL.</summary>
public sealed record RemoteOrderDocument
{
    /// <summary>The type of the index, such as <c>npm</c>; null with <see cref="Url"/>.</summary>
    public string? Type { get; init; }

    /// <summary>The remote; null for the first of the type.</summary>
    public string? Remote { get; init; }

    /// <summary>The name of the package.</summary>
    public string? Name { get; init; }

    /// <summary>Its version; null for all.</summary>
    public string? Version { get; init; }

    /// <summary>Only files with one of these hashes, as <c>sha256-HEX</c>; null for all.</summary>
    public IReadOnlyList<string>? Hashes { get; init; }

    /// <summary>The URL of a file; null with <see cref="Name"/>.</summary>
    public string? Url { get; init; }

    /// <summary>Whether pages of the index are to be listed as signed entries, so that a bundle can carry them.</summary>
    public bool Sign { get; init; }
}

/// <summary>What is here of it now.</summary>
/// <param name="Fetched">Files that came.</param>
/// <param name="Here">Files that were here.</param>
/// <param name="Bytes">Of those that came.</param>
/// <param name="Problems">A line for each that could not be had.</param>
/// <param name="Keys">The keys of the directory under which clients and bundles find all of it.</param>
public sealed record RemoteFetchDocument(int Fetched, int Here, long Bytes, IReadOnlyList<string> Problems, IReadOnlyList<string> Keys);
