using Shacache.Client.Transfers;
using Shacache.Core.Entries;

namespace Shacache.Client.Binaries;

/// <summary>What became of a release that was to be published.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Explanation">The same in a line, for people.</param>
/// <param name="Key">The key under which the release is listed.</param>
/// <param name="Folder">The folder of the release.</param>
/// <param name="Upload">What is stored; null when it was skipped.</param>
public sealed record PublishResult(PublishStatus Status, string Explanation, EntryKey Key, string Folder, UploadResult? Upload);
