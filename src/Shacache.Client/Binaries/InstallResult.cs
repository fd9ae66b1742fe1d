using Shacache.Client.Archives;
using Shacache.Core.Entries;

namespace Shacache.Client.Binaries;

/// <summary>What became of a release that was to be installed.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Explanation">The same in a line, for people: when nothing is installed, why, and what to do.</param>
/// <param name="IsForced">
/// Whether the force list has the URL: then a release that is neither installed nor there is an error, and must not be built.
/// </param>
/// <param name="Key">The key under which the release was looked up.</param>
/// <param name="Folder">The folder of the release.</param>
/// <param name="Source">The entry whose content was installed; null when none was.</param>
/// <param name="Summary">What came out of the archive; null when none was installed.</param>
public sealed record InstallResult(
    InstallStatus Status, string Explanation, bool IsForced, EntryKey Key, string Folder, SoftwareEntry? Source, ExtractionSummary? Summary);
