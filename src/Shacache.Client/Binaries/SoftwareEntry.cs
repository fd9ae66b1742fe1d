using Shacache.Core.Platforms;

namespace Shacache.Client.Binaries;

/// <summary>An entry of the binary cache, judged by its signature and by what it was built for.</summary>
/// <param name="Selected">The entry with the verdict about its signature.</param>
/// <param name="Platform">Where it was built; null when the entry does not tell.</param>
/// <param name="Mismatch">Why it does not run on this machine, in a line; null when it does.</param>
public sealed record SoftwareEntry(SelectedEntry Selected, Platform? Platform, string? Mismatch)
{
    /// <summary>Whether it runs on this machine.</summary>
    public bool Fits => Mismatch is null;

    internal static SoftwareEntry Judge(SelectedEntry selected, Platform machine) =>
        EntryPlatform.TryRead(selected.Entry.Information, out Platform? built, out string? problem)
            ? new SoftwareEntry(selected, built, machine.FindMismatch(built))
            : new SoftwareEntry(selected, null, problem);
}
