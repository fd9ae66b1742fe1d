using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Moving;

/// <summary>Carries out a plan while the archive of its release is extracted. For one extraction at a time.</summary>
internal sealed class ReleaseMove : ITreeChanges
{
    private readonly MovePlan _plan;
    private readonly ConcurrentDictionary<string, FileChecksum> _checksums = new(StringComparer.Ordinal);

    /// <summary>Prepares it.</summary>
    /// <param name="plan">A plan without refusals.</param>
    public ReleaseMove(MovePlan plan)
    {
        _plan = plan;
        Late = [.. plan.Files.Values.Where(file => file.File?.Form == FileForm.Checksums).Select(file => PathText.Decode(file.File!.Path))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Late { get; }

    /// <inheritdoc/>
    public bool Removes(ReadOnlySpan<byte> path) => Find(path) is { File: null };

    /// <inheritdoc/>
    public IFileChange? FindChange(ReadOnlySpan<byte> path)
    {
        string key = Encoding.Latin1.GetString(path);
        return _plan.Files.GetValueOrDefault(key) is { File: { Form: not FileForm.Link } } file && (file.Edits.Count > 0 || file.Growth is not null)
            ? new FileMove(file, _plan.NewPath, Late.Count == 0 ? null : checksum => _checksums[key] = checksum)
            : null;
    }

    /// <inheritdoc/>
    public byte[] ChangeTarget(ReadOnlySpan<byte> path, byte[] target)
    {
        if (Find(path) is not { File.Form: FileForm.Link, Edits: [var edit] })
            return target;
        int end = (int)edit.At + edit.Old.Length;
        if (end > target.Length || !target.AsSpan((int)edit.At, edit.Old.Length).SequenceEqual(edit.Old))
            throw new ArchiveException($"The archive is refused: its link '{FileName.ToDisplay(path)}' is not as its relocation map says.");
        return [.. target.AsSpan(0, (int)edit.At), .. edit.New, .. target.AsSpan(end)];
    }

    /// <inheritdoc/>
    public bool TryChangeLate(byte[] path, byte[] content, [NotNullWhen(true)] out byte[]? changed) =>
        PythonRecord.TryUpdate(path, content, _checksums, name => Removes(Encoding.Latin1.GetBytes(name)), out changed);

    private FilePlan? Find(ReadOnlySpan<byte> path) => _plan.Files.GetValueOrDefault(Encoding.Latin1.GetString(path));
}

/// <summary>Digest and length of a file that changed.</summary>
/// <param name="Sha256">Its SHA-256.</param>
/// <param name="LengthBytes">Its length.</param>
internal sealed record FileChecksum(byte[] Sha256, long LengthBytes);
