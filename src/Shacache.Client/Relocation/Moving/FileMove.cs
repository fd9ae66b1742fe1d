using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Moving;

/// <summary>Changes one file as it passes, and compares what it replaces with what the map says.</summary>
/// <param name="plan">What is done with it.</param>
/// <param name="newPath">The new path of the release.</param>
/// <param name="onChecksum">Gets the checksum of the changed file; null when it is not needed.</param>
internal sealed class FileMove(FilePlan plan, byte[] newPath, Action<FileChecksum>? onChecksum) : IFileChange, IDisposable
{
    private readonly IncrementalHash? _hash = onChecksum is null || plan.Growth is not null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _next;
    private long _seen;

    /// <inheritdoc/>
    public bool IsCompletedLater => plan.Growth is not null;

    /// <inheritdoc/>
    public long AddedBytes { get; private set; }

    private MappedFile File => plan.File!;

    /// <inheritdoc/>
    public void Change(long offset, ReadOnlyMemory<byte> piece, List<ReadOnlyMemory<byte>> parts)
    {
        int first = parts.Count;
        _seen = offset + piece.Length;
        while (!piece.IsEmpty)
        {
            if (_next == plan.Edits.Count || plan.Edits[_next].At >= offset + piece.Length)
            {
                parts.Add(piece);
                break;
            }

            ContentEdit edit = plan.Edits[_next];
            int before = (int)Math.Max(0, edit.At - offset);
            if (before > 0)
                parts.Add(piece[..before]);
            piece = piece[before..];
            offset += before;
            int done = (int)(offset - edit.At);
            int count = Math.Min(piece.Length, edit.Old.Length - done);
            if (count < 0 || !piece.Span[..count].SequenceEqual(edit.Old.AsSpan(done, count)))
                throw Contradicts();
            if (done == 0)
            {
                parts.Add(edit.New);
                AddedBytes += edit.New.Length - edit.Old.Length;
            }

            if (done + count == edit.Old.Length)
                _next++;
            piece = piece[count..];
            offset += count;
        }

        for (int i = first; i < parts.Count; i++)
            _hash?.AppendData(parts[i].Span);
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_next < plan.Edits.Count || (_seen != File.Size && plan.Growth is not null))
            throw Contradicts();
        if (_hash is not null)
            onChecksum!(new FileChecksum(_hash.GetHashAndReset(), File.Size + AddedBytes));
        Dispose();
    }

    /// <inheritdoc/>
    public void Complete(SafeFileHandle file)
    {
        try
        {
            ElfRewriter.Move(file, File.Size, newPath, plan.Growth!);
        }
        catch (Exception e) when (e is ElfNotRelocatableException or ElfFormatException)
        {
            throw new ArchiveException($"The release cannot be moved to this root: {File.Path}: {e.Message.TrimEnd('.')}.", e) { IsOfRoot = true };
        }

        if (onChecksum is null)
            return;
        using var content = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize: 0);
        content.Position = 0;
        onChecksum(new FileChecksum(SHA256.HashData(content), content.Length));
    }

    /// <inheritdoc/>
    public void Dispose() => _hash?.Dispose();

    private ArchiveException Contradicts() => new($"The archive is refused: its file '{File.Path}' is not as its relocation map says.");
}
