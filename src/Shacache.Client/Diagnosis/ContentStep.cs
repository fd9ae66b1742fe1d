using Shacache.Client.Errors;
using Shacache.Client.Transfers;

namespace Shacache.Client.Diagnosis;

/// <summary>A URL that names a content of a configured store by its digest: no entry is needed for it.</summary>
internal sealed class ContentStep : IDiagnosisStep
{
    private const string Check = "content";

    public async Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        if (diagnosis.Content is not { } digest)
            return;
        try
        {
            ContentLocation found = await diagnosis.Client.LocateAsync(digest, cancellationToken).ConfigureAwait(false);
            string place = $"{(found.LengthBytes is { } length ? $"{length} bytes" : "there")} at {found.Server}";
            diagnosis.Checks.Pass(Check, digest.ToString(), place);
            diagnosis.Accept($"the URL names this content by its digest: {place}");
        }
        catch (ContentNotFoundException)
        {
            diagnosis.Checks.Fail(Check, digest.ToString(), "the URL names this content by its digest, and no server has it", "have it uploaded again");
            diagnosis.End("no server has the content that the URL names");
        }
        catch (NetworkCacheException e)
        {
            diagnosis.Checks.Fail(Check, digest.ToString(), e.Message, "see that the servers of the content answer; shacache config check asks every one");
            diagnosis.End("the servers of the content do not answer as they should");
        }
    }
}
