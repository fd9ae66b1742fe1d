namespace Shacache.Client.Transfers;

/// <summary>How far a transfer is. Reported after each piece of at most 128 KiB, on the thread of the transfer.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="DoneBytes">Bytes of this stage that are done. Goes back when a broken transfer must begin anew.</param>
/// <param name="TotalBytes">Bytes of the whole content; null while the server has not said.</param>
public readonly record struct TransferProgress(TransferStage Stage, long DoneBytes, long? TotalBytes);
