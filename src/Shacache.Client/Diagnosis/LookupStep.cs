using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Client.Diagnosis;

/// <summary>What the servers have: the content that the URL itself names by its digest, or otherwise what is listed under each key.</summary>
internal sealed class LookupStep : IDiagnosisStep
{
    private const string ContentCheck = "content";
    private const string EntriesCheck = "entries";

    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken) =>
        diagnosis.Content is { } digest ? LocateAsync(diagnosis, digest, cancellationToken) : ListAsync(diagnosis, cancellationToken);

    private static async Task LocateAsync(DiagnosisCase diagnosis, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            ContentLocation found = await diagnosis.Client.LocateAsync(digest, cancellationToken).ConfigureAwait(false);
            string place = $"{(found.LengthBytes is { } length ? $"{length} bytes" : "there")} at {found.Server}";
            diagnosis.Checks.Pass(ContentCheck, digest.ToString(), place);
            diagnosis.Accept($"the URL names this content by its digest: {place}");
        }
        catch (ContentNotFoundException)
        {
            diagnosis.Checks.Fail(ContentCheck, digest.ToString(), "the URL names this content by its digest, and no server has it", "have it uploaded again");
            diagnosis.End("no server has the content that the URL names");
        }
        catch (NetworkCacheException e)
        {
            diagnosis.Checks.Fail(ContentCheck, digest.ToString(), e.Message, "make sure that the content servers answer; shacache config check asks every one");
            diagnosis.End("the servers of the content do not answer as they should");
        }
    }

    private static async Task ListAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        foreach (EntryKey key in diagnosis.Keys)
        {
            try
            {
                IReadOnlyList<SelectedEntry> listed = await diagnosis.Client.SelectAsync(key, cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < listed.Count; i++)
                    diagnosis.Entries.Add((key, i + 1, listed[i]));
                if (listed.Count > 0)
                    diagnosis.Checks.Pass(EntriesCheck, key.Value, $"{listed.Count} listed");
                else
                    diagnosis.Checks.Note(EntriesCheck, key.Value, "none is listed");
            }
            catch (NetworkCacheException e)
            {
                diagnosis.Checks.Fail(EntriesCheck, key.Value, e.Message, "make sure that the directory answers; shacache config check asks every server");
                // The other keys would only wait for the same servers.
                diagnosis.End("the directory does not answer as it should");
                return;
            }
        }

        if (diagnosis.Entries.Count == 0)
        {
            diagnosis.Checks.Fail(
                EntriesCheck, null, "it has not been contributed to these servers",
                diagnosis.IsBinary ? "build it on a machine like this one, and run shacache binary publish there" : "upload it once: shacache upload --url");
        }
    }
}
