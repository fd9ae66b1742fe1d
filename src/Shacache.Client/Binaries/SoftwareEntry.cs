using Shacache.Client.Entries;
using Shacache.Core.Platforms;

namespace Shacache.Client.Binaries;

/// <summary>An entry of the binary cache, judged by its signature and by what it was built for.</summary>
/// <param name="Selected">The entry with the verdict about its signature.</param>
/// <param name="Platform">Where it was built; null when the entry does not say.</param>
/// <param name="Mismatch">Why it does not run on this machine, in a line; null when it does.</param>
/// <param name="BuiltRoot">The software root in which it was built; null when the entry does not say.</param>
/// <param name="IsForRoot">Whether it works in the software root that was asked about, or may, as the entry does not say where it was built; also when no root was asked about.</param>
public sealed record SoftwareEntry(SelectedEntry Selected, Platform? Platform, string? Mismatch, string? BuiltRoot, bool IsForRoot)
{
    /// <summary>Whether it was built for a platform of this very name.</summary>
    public bool IsExact { get; private init; }

    /// <summary>Whether <see cref="Mismatch"/> is the verdict of what the release says it needs, and not that of the platform's name.</summary>
    public bool IsByRequirements { get; internal init; }

    /// <summary>Whether it runs on this machine. In which software root it works is another question: <see cref="IsForRoot"/>.</summary>
    public bool Fits => Mismatch is null;

    internal static SoftwareEntry Judge(SelectedEntry selected, Platform machine, string? root)
    {
        string? builtRoot = SoftwareRoot.Find(selected.Entry);
        bool isForRoot = root is null || builtRoot is null || SoftwareRoot.Serves(builtRoot, root);
        return EntryPlatform.TryRead(selected.Entry.Information, out Platform? built, out string? problem)
            ? new SoftwareEntry(selected, built, machine.FindMismatch(built), builtRoot, isForRoot) { IsExact = machine.Matches(built) }
            : new SoftwareEntry(selected, null, problem, builtRoot, isForRoot);
    }
}
