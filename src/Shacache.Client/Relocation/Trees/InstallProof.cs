using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Errors;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Trees;

/// <summary>Proves, before a release appears, that its files find what they need as they did where it was published.</summary>
/// <param name="requirements">What was found there.</param>
/// <param name="path">The path that the release will have.</param>
/// <param name="machine">This machine.</param>
internal sealed class InstallProof(ReleaseRequirements requirements, byte[] path, MachineLibraries machine) : ITreeProof
{
    private const int HeadBytes = 4096;
    private const uint ExecutableBits = 0x49;

    private readonly ReleaseTree _tree = new(path);
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public void AddFile(ReadOnlySpan<byte> path, SafeFileHandle file, uint permissions)
    {
        long lengthBytes = RandomAccess.GetLength(file);
        Span<byte> head = stackalloc byte[HeadBytes];
        head = head[..RandomAccess.Read(file, head[..(int)Math.Min(HeadBytes, lengthBytes)], 0)];
        ElfFile? elf = null;
        try
        {
            if (ElfFile.IsElf(head))
                elf = ElfFile.Read(file, lengthBytes);
        }
        catch (ElfFormatException)
        {
            // A damaged file was damaged when it was published.
        }

        lock (_lock)
        {
            _tree.AddFile(path);
            if (elf is not null)
                _tree.AddProgram(path, elf);
            else if ((permissions & ExecutableBits) != 0 && Shebang.FindProgram(head) is { IsEmpty: false } program)
                _tree.AddScript(path, program);
        }
    }

    /// <inheritdoc/>
    public void AddLink(ReadOnlySpan<byte> path, ReadOnlySpan<byte> target)
    {
        lock (_lock)
            _tree.AddLink(path, target);
    }

    /// <inheritdoc/>
    public void AddHardLink(ReadOnlySpan<byte> path, ReadOnlySpan<byte> file)
    {
        lock (_lock)
            _tree.AddName(path, file);
    }

    /// <inheritdoc/>
    public void Check()
    {
        HashSet<(string, string)> inside = [.. requirements.Inside.SelectMany(file => file.Names.Select(name => (file.File, name)))];
        HashSet<(string, string)> missing = [.. requirements.Missing.SelectMany(file => file.Names.Select(name => (file.File, name)))];
        string[] problems =
        [
            .. TreeFindings.Find(_tree, machine).Select(finding => finding.Place switch
            {
                TreePlaces.Nowhere when !missing.Contains((finding.File, finding.Name)) => Describe(finding),
                TreePlaces.Outside when inside.Contains((finding.File, finding.Name)) => $"{finding.File}: its {finding.Name} is in the release, and would be taken from {finding.Path}",
                _ => null,
            }).OfType<string>(),
        ];
        if (problems.Length > 0)
            throw new ArchiveException($"The release would not work here: {problems[0]}{(problems.Length > 1 ? $", and {problems.Length - 1} more" : "")}.") { IsOfRoot = true, Lines = problems };
    }

    private static string Describe(TreeFinding finding) => finding.Path is { } path
        ? $"{finding.File}: its {finding.Name} {path} is not there"
        : $"{finding.File}: {finding.Name} is not there";
}
