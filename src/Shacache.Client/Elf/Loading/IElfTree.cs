namespace Shacache.Client.Elf.Loading;

/// <summary>The ELF files of a release, wherever they are now: it need not stand under its final path yet.</summary>
internal interface IElfTree
{
    /// <summary>The final path of the release, absolute, without a slash at its end.</summary>
    string Root { get; }

    /// <summary>Its ELF files by their paths below <see cref="Root"/>.</summary>
    IEnumerable<KeyValuePair<string, ElfFile>> Files { get; }

    /// <summary>The ELF file at a path below <see cref="Root"/>, through the symbolic links of the release; null when there is none.</summary>
    /// <param name="absolutePath">An absolute path; <c>..</c> and repeated slashes may occur in it.</param>
    ElfFile? Find(string absolutePath);
}
