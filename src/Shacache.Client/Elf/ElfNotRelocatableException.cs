namespace Shacache.Client.Elf;

/// <summary>An ELF file cannot get a longer path. The message is one line that says why; the caller knows the file's name.</summary>
internal sealed class ElfNotRelocatableException : Exception
{
    /// <summary>Creates one with its line.</summary>
    public ElfNotRelocatableException(string message)
        : base(message)
    {
    }
}
