using System.Runtime.CompilerServices;
using System.Text.Json;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Remotes.Json;

namespace Shacache.Http.Remotes.Cargo;

/// <summary>What the index says of all versions of a crate, a line for each.</summary>
internal sealed class CargoVersions(string name) : VerbatimIndex
{
    public override string Path { get; } = CargoName.PathOf(name);

    public override string FindType(string? source) => "text/plain; charset=utf-8";

    public override async ValueTask<string?> FindProblemAsync(IndexSource source, CancellationToken cancellationToken)
    {
        try
        {
            int count = 0;
            await foreach (CargoVersion _ in ReadAsync(source, cancellationToken))
                count++;
            return count > 0 ? null : "it names no version";
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>Reads the lines.</summary>
    /// <exception cref="JsonException">One is no JSON.</exception>
    /// <exception cref="InvalidDataException">One says of no version what its archive must be.</exception>
    public static async IAsyncEnumerable<CargoVersion> ReadAsync(IndexSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> line in BoundedLines.ReadAsync(source.Content, cancellationToken))
        {
            string? crate = JsonText.FindMember(line.Span, "name"u8);
            string? version = JsonText.FindMember(line.Span, "vers"u8);
            FileHash? hash = JsonText.FindMember(line.Span, "cksum"u8) is { } hex ? FileHash.Find("sha256", hex) : null;
            yield return crate is not null && version is not null && hash is not null
                ? new CargoVersion(crate, version, hash)
                : throw new InvalidDataException("a line has no name, no version (vers) or no SHA-256 (cksum)");
        }
    }
}

/// <summary>What the index says of one version.</summary>
/// <param name="Name">The crate, as its publisher spells it.</param>
/// <param name="Version">The version.</param>
/// <param name="Hash">What its archive must be.</param>
internal sealed record CargoVersion(string Name, string Version, FileHash Hash);
