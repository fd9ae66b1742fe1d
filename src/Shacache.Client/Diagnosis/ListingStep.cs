using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Core.Entries;

namespace Shacache.Client.Diagnosis;

/// <summary>What is listed under each key.</summary>
internal sealed class ListingStep : IDiagnosisStep
{
    private const string Check = "entries";

    public async Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        // A content that is named by its digest needs no entry.
        if (diagnosis.Content is not null)
            return;
        foreach (EntryKey key in diagnosis.Keys)
        {
            try
            {
                IReadOnlyList<SelectedEntry> listed = await diagnosis.Client.SelectAsync(key, cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < listed.Count; i++)
                    diagnosis.Entries.Add((key, i + 1, listed[i]));
                if (listed.Count > 0)
                    diagnosis.Checks.Pass(Check, key.Value, $"{listed.Count} listed");
                else
                    diagnosis.Checks.Note(Check, key.Value, "none is listed");
            }
            catch (NetworkCacheException e)
            {
                diagnosis.Checks.Fail(Check, key.Value, e.Message, "see that the directory answers; shacache config check asks every server");
                // The other keys would only wait for the same servers.
                diagnosis.End("the directory does not answer as it should");
                return;
            }
        }

        if (diagnosis.Entries.Count == 0)
        {
            diagnosis.Checks.Fail(
                Check, null, "nobody has contributed it to these servers",
                diagnosis.IsBinary ? "build it on a machine like this one, and run shacache binary publish there" : "upload it once: shacache upload --url");
        }
    }
}
