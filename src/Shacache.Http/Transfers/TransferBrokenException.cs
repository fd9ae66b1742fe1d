namespace Shacache.Http.Transfers;

/// <summary>A file stopped coming in its middle.</summary>
internal sealed class TransferBrokenException(Exception inner) : Exception($"The transfer broke: {inner.Message}", inner);
