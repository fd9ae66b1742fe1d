using Shacache.Client.Errors;
using Shacache.Client.Transfers;

namespace Shacache.Client.Bundles;

/// <summary>Uploads the contents of a bundle that the server lacks.</summary>
internal sealed class ContentImport(BundleFile bundle, BundleVerification verification, NetworkCacheClient client)
{
    private readonly FailureLimit _failures = new();
    private int _uploaded;
    private int _present;
    private long _uploadedBytes;

    public int UploadedCount => _uploaded;

    public int PresentCount => _present;

    public long UploadedBytes => _uploadedBytes;

    public async Task RunAsync(int jobs, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        int[] needed = [.. verification.NeededContents()];
        var tally = new ProgressTally(progress, TransferStage.Uploading, needed.Sum(bundle.Index.Contents.LengthOf));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(needed, parallel, async (content, token) => await UploadAsync(content, tally, token).ConfigureAwait(false))
            .ConfigureAwait(false);
    }

    private async Task UploadAsync(int content, ProgressTally tally, CancellationToken cancellationToken)
    {
        long lengthBytes = bundle.Index.Contents.LengthOf(content);
        var slice = new BundleSlice(bundle.Handle, bundle.Index.Contents.OffsetOf(content), lengthBytes);
        await using (slice.ConfigureAwait(false))
        {
            try
            {
                UploadResult result = await client.UploadKnownAsync(slice, bundle.Index.Contents.DigestOf(content), tally.Part(), cancellationToken)
                    .ConfigureAwait(false);
                _failures.Reset();
                if (result.AlreadyStored)
                {
                    Interlocked.Increment(ref _present);
                    tally.Add(lengthBytes);
                }
                else
                {
                    Interlocked.Increment(ref _uploaded);
                    Interlocked.Add(ref _uploadedBytes, lengthBytes);
                }
            }
            catch (NetworkCacheException e) when (!_failures.IsExceededBy(e))
            {
                verification.RefuseContent(content, $"the content could not be uploaded: {OneLine.Of(e)}");
            }
            catch (IOException e)
            {
                verification.RefuseContent(content, $"the content cannot be read from the file ({OneLine.Of(e)})");
            }
        }
    }
}
