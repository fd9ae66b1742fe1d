namespace Shacache.Http.Transfers;

/// <summary>A file on its way. Whatever is read of it is first made available to those who follow the transfer.</summary>
internal sealed class TransferredStream(Stream source, RunningTransfer transfer) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await transfer.WaitUntilWantedAsync(cancellationToken);
        int count = await source.ReadAsync(buffer, cancellationToken);
        if (count == 0 && !buffer.IsEmpty)
            transfer.NoteSourceEnd();
        else
            await transfer.PassOnAsync(buffer[..count]);
        return count;
    }
}
