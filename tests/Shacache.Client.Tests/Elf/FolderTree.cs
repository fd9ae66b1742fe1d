using Shacache.Client.Elf;
using Shacache.Client.Elf.Loading;

namespace Shacache.Client.Tests.Elf;

/// <summary>A release that stands where it belongs.</summary>
internal sealed class FolderTree : IElfTree
{
    private readonly Dictionary<string, ElfFile> _files = [];

    public FolderTree(string root)
    {
        Root = root;
        byte[] start = new byte[4];
        foreach (string path in Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            using var handle = File.OpenHandle(path);
            if (RandomAccess.Read(handle, start, 0) == start.Length && ElfFile.IsElf(start))
                _files.Add(Path.GetRelativePath(root, path), ElfFile.Read(handle, RandomAccess.GetLength(handle)));
        }
    }

    public string Root { get; }

    public IEnumerable<KeyValuePair<string, ElfFile>> Files => _files;

    public ElfFile? Find(string absolutePath)
    {
        if (!File.Exists(absolutePath))
            return null;
        string path = File.ResolveLinkTarget(absolutePath, returnFinalTarget: true)?.FullName ?? absolutePath;
        return _files.GetValueOrDefault(Path.GetRelativePath(Root, path));
    }
}
