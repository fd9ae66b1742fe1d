using Shacache.Client.Archives;
using Shacache.Core.Platforms;

namespace Shacache.Client.Binaries;

/// <summary>What a <see cref="BinaryCache"/> is to know beside servers, keys and lists.</summary>
public sealed record BinaryCacheOptions
{
    /// <summary>The folder that holds one folder for each software release. Null: <c>software_root</c> of [slapos].</summary>
    public string? SoftwareRoot { get; init; }

    /// <summary>
    /// Whether a release that was built in another software root is installed too, when there is none for this one. By default not: it holds absolute paths to its own
    /// files, which lead nowhere then.
    /// </summary>
    public bool AnyRoot { get; init; }

    /// <summary>
    /// Whether an installed release gets the file <c>.completed</c>, without which slapgrid builds over it. Null: when the root is <c>software_root</c> of [slapos].
    /// </summary>
    public bool? ForSlapgrid { get; init; }

    /// <summary>What this machine is. Null: it is told from os-release and the processor.</summary>
    public Platform? Platform { get; init; }

    /// <summary>How a release is packed.</summary>
    public ArchiveOptions Packing { get; init; } = new();

    /// <summary>What an archive may do when it is installed.</summary>
    public ExtractionOptions Extraction { get; init; } = new();
}
