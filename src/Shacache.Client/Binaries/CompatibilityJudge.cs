using Shacache.Client.Elf.Loading;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Matching;
using Shacache.Core.Blobs;
using Shacache.Core.Platforms;

namespace Shacache.Client.Binaries;

/// <summary>Judges entries by what their releases need, where they say so. For one caller at a time.</summary>
/// <param name="client">Gets the requirements.</param>
/// <param name="machine">What this machine is.</param>
/// <param name="onWarning">Gets a line for requirements that cannot be had.</param>
internal sealed class CompatibilityJudge(NetworkCacheClient client, Platform machine, Action<string>? onWarning)
{
    /// <summary>Further requirements of one key are not read: its entries must be for this very platform, as all without requirements.</summary>
    private const int MaxDocuments = 32;

    private readonly Dictionary<Digest, string?> _known = [];
    private readonly MachineMatch _match = new(machine, MachineLibraries.OfThisMachine());

    /// <summary>The entry, with the verdict of its requirements in place of that of its platform, when it has some and is trusted.</summary>
    public async Task<SoftwareEntry> JudgeAsync(SoftwareEntry entry, CancellationToken cancellationToken)
    {
        if (!entry.Selected.IsTrusted || ReleaseDocuments.Find(entry.Selected.Entry) is not { } documents)
            return entry;
        // Scripts alone need no processor, but may have been made for one: the name decides.
        if (entry.Platform is { } built && ProcessorOf(built) != ProcessorOf(machine))
            return entry;
        if (!_known.TryGetValue(documents.Requirements, out string? mismatch))
        {
            if (_known.Count == MaxDocuments)
                return entry;
            try
            {
                ReleaseRequirements requirements = await documents.ReadRequirementsAsync(client, cancellationToken).ConfigureAwait(false);
                mismatch = await Task.Run(() => Explain([.. _match.FindMismatches(requirements)]), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is NetworkCacheException or FormatException)
            {
                onWarning?.Invoke($"the requirements of entry {entry.Selected.Entry.Digest.ToString()[..16]}… cannot be had, so that it is compared by its platform alone: {OneLine.Of(e.Message)}");
                return entry;
            }

            _known.Add(documents.Requirements, mismatch);
        }

        return entry with { Mismatch = mismatch, IsByRequirements = true };
    }

    private static string ProcessorOf(Platform platform) => platform.Multiarch.Split('-')[0];

    private static string? Explain(string[] mismatches) => mismatches switch
    {
        [] => null,
        [var only] => only,
        [var first, ..] => $"{first}, and {mismatches.Length - 1} more",
    };
}
