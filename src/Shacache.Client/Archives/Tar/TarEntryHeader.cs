using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives.Tar;

/// <summary>One entry to be written.</summary>
/// <param name="Kind">Its type flag.</param>
/// <param name="Name">Its path in the archive, without a slash at the end.</param>
/// <param name="LinkName">What a link points to; empty otherwise.</param>
/// <param name="Permissions">The lower twelve bits of the mode.</param>
/// <param name="SizeBytes">Bytes of content that follow in the archive.</param>
/// <param name="Modified">Modification time.</param>
/// <param name="Owner">Who owns it.</param>
/// <param name="SparseSizeBytes">For a sparse file its length with the holes; the content then begins with the map.</param>
/// <param name="Attributes">Its extended attributes; null for none.</param>
internal sealed record TarEntryHeader(
    byte Kind,
    ReadOnlyMemory<byte> Name,
    ReadOnlyMemory<byte> LinkName,
    uint Permissions,
    long SizeBytes,
    TimeSpec Modified,
    TarOwner Owner,
    long? SparseSizeBytes = null,
    IReadOnlyList<ExtendedAttribute>? Attributes = null);
