using Shacache.Client.Archives;
using Shacache.Client.Transfers;

namespace Shacache.Client.Sources;

/// <summary>Shows a packing as the first stage of a transfer.</summary>
internal sealed class PackingProgress(IProgress<TransferProgress> progress) : IProgress<ArchiveProgress>
{
    // How large the archive will be is not known before it is done.
    public void Report(ArchiveProgress value) => progress.Report(new TransferProgress(TransferStage.Packing, value.CompressedBytes, null));
}
