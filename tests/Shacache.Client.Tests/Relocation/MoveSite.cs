using Shacache.Client.Archives;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Moving;
using Shacache.Client.Relocation.Scanning;
using Shacache.Client.Relocation.Trees;
using Shacache.Client.Tests.Archives;

namespace Shacache.Client.Tests.Relocation;

/// <summary>Packs releases with their maps, and extracts them under other roots.</summary>
internal sealed class MoveSite : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();

    /// <summary>A root of an exact length.</summary>
    public string RootOf(int bytes)
    {
        string root = _folder["r"];
        Assert.True(root.Length <= bytes, "The temporary folder has a longer path than the test needs.");
        // A name ends at 255 bytes.
        while (root.Length < bytes)
            root += bytes - root.Length == 1 ? "x" : "/" + new string('x', Math.Min(bytes - root.Length - 1, 99));
        return root;
    }

    /// <summary>Packs a release; the documents come back as others would read them.</summary>
    public async Task<PackedRelease> PackAsync(string folder)
    {
        var scanner = new ReleaseScanner(Path.GetDirectoryName(folder)!, Path.GetFileName(folder));
        string archive = _folder[$"{Guid.NewGuid():N}.tar.gz"];
        await using (FileStream file = File.Create(archive))
            await new SoftwareArchiver(new ArchiveOptions { Observer = scanner }).WriteAsync(folder, file, null, TestContext.Current.CancellationToken);
        ScanResult scan = scanner.Complete();
        using var map = new MemoryStream();
        RelocationDocuments.Write(scan.Map, map);
        map.Position = 0;
        using var requirements = new MemoryStream();
        RelocationDocuments.Write(scan.Requirements, requirements);
        requirements.Position = 0;
        return new PackedRelease(archive, RelocationDocuments.ReadMap(map), RelocationDocuments.ReadRequirements(requirements));
    }

    public static MovePlan Plan(PackedRelease packed, string root) => new(packed.Map, packed.Map.Folder, root);

    /// <summary>Extracts it under a root, with the proof that it works there.</summary>
    /// <returns>Its folder.</returns>
    public static async Task<string> MoveAsync(PackedRelease packed, string root)
    {
        MovePlan plan = Plan(packed, root);
        Assert.Empty(plan.Refusals);
        Directory.CreateDirectory(root);
        string folder = Path.Combine(root, packed.Map.Folder);
        await using FileStream archive = File.OpenRead(packed.Archive);
        var options = new ExtractionOptions
        {
            FlushToDisk = false,
            Changes = new ReleaseMove(plan),
            Proof = () => new InstallProof(packed.Requirements, plan.NewPath, MachineLibraries.OfThisMachine()),
        };
        await new SoftwareExtractor(options).ExtractAsync(archive, folder, null, TestContext.Current.CancellationToken);
        return folder;
    }
}

/// <summary>A packed release.</summary>
/// <param name="Archive">Path of its archive.</param>
/// <param name="Map">Its map.</param>
/// <param name="Requirements">What it needs.</param>
internal sealed record PackedRelease(string Archive, RelocationMap Map, ReleaseRequirements Requirements);
