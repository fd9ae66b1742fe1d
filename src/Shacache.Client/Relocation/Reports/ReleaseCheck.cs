using System.Text;
using Shacache.Client.Archives;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Scanning;
using Shacache.Core.Platforms;

namespace Shacache.Client.Relocation.Reports;

/// <summary>Looks at the folder of a built release as publishing does, and reports; nothing is stored.</summary>
public static class ReleaseCheck
{
    /// <summary>Whether a folder has the name of a release's folder.</summary>
    public static bool IsReleaseName(string name) => ReleasePath.IsFolderName(Encoding.UTF8.GetBytes(name));

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">The folder, such as <c>/opt/slapgrid/0cc175b9c0f1b6a831c399e269772661</c>; what is above it counts as the root that it was built under.</param>
    /// <param name="wantedRoot">The root that it would be moved to; null for any that is not longer.</param>
    /// <param name="platform">The platform that it would be installed on; null to compare with none.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="Errors.ArchiveException">The folder cannot be read, or changed while it was read.</exception>
    /// <exception cref="ArgumentException">The folder has not the name of a release's folder.</exception>
    public static async Task<ReleaseReport> ReadAsync(string folder, string? wantedRoot, Platform? platform, CancellationToken cancellationToken)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!IsReleaseName(Path.GetFileName(path)))
            throw new ArgumentException($"'{Path.GetFileName(path)}' is not the name of a release's folder, the MD5 of its URL.", nameof(folder));
        var scanner = new ReleaseScanner(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        var options = new ArchiveOptions { Observer = scanner, WithCredentials = true };
        await new SoftwareArchiver(options).ReadAsync(path, null, cancellationToken).ConfigureAwait(false);
        ScanResult scan = scanner.Complete();
        return ReleaseReport.Create(scan, wantedRoot, platform is null ? null : KnownSystems.FindMismatch(scan.Requirements, platform));
    }

    /// <summary>Reads the two documents that were published with a release.</summary>
    /// <exception cref="FormatException">A document is malformed, or of a newer version.</exception>
    public static ReleaseReport Read(Stream map, Stream requirements, string? wantedRoot, Platform? platform)
    {
        ReleaseRequirements needs = RelocationDocuments.ReadRequirements(requirements);
        return ReleaseReport.Create(RelocationDocuments.ReadMap(map), needs, wantedRoot, platform is null ? null : KnownSystems.FindMismatch(needs, platform));
    }
}
