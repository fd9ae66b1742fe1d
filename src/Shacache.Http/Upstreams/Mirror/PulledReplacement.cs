using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Upstreams;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Has damaged objects again from upstreams and peers, as clients would.</summary>
internal sealed class PulledReplacement(ObjectPull objects) : IBlobReplacement
{
    public async ValueTask<string?> BringAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            PulledObjectDocument pulled = await objects.RunAsync(digest, cancellationToken);
            return pulled.Outcome is PullOutcome.Pulled or PullOutcome.Here ? null : pulled.Problem ?? "no upstream has it";
        }
        catch (BlobStoreException e)
        {
            return e.Message;
        }
    }
}
