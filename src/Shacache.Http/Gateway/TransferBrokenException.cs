namespace Shacache.Http.Gateway;

/// <summary>A file stopped coming in its middle.</summary>
internal sealed class TransferBrokenException(Exception inner) : Exception($"The transfer from the origin broke: {inner.Message}", inner);
