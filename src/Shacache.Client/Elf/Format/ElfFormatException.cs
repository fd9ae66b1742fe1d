namespace Shacache.Client.Elf.Format;

/// <summary>An ELF file is damaged, or cannot be changed as asked. The message is one line that says why; the caller knows the file's name.</summary>
internal sealed class ElfFormatException : Exception
{
    /// <summary>Creates one with its line.</summary>
    public ElfFormatException(string message)
        : base(message)
    {
    }
}
