using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf;

/// <summary>What the loader is told by an ELF file, as plain values: the file need not stay open.</summary>
/// <remarks>Texts are the bytes of the file, one character each (Latin-1), as paths need not be UTF-8.</remarks>
/// <param name="Class">32 or 64: bits of an address.</param>
/// <param name="ByteOrder">Which byte of a number comes first.</param>
/// <param name="OsAbi">EI_OSABI: 0 for System V, 3 for GNU.</param>
/// <param name="Type">What the file is for.</param>
/// <param name="Machine">The processor.</param>
/// <param name="Flags">What the processor's ABI says, such as the floating point convention of ARM.</param>
internal sealed record ElfFile(int Class, ElfByteOrder ByteOrder, byte OsAbi, ElfType Type, ElfMachine Machine, uint Flags)
{
    /// <summary>The path of the interpreter; null without one.</summary>
    public string? Interpreter { get; private init; }

    /// <summary>The name of the library; null for what has none.</summary>
    public string? Soname { get; private init; }

    /// <summary>The libraries that are needed, in their order; an entry with a slash is a path.</summary>
    public IReadOnlyList<string> Needed { get; private init; } = [];

    /// <summary>Where libraries are looked for, joined by colons; null without. Where both kinds are there the loader heeds DT_RUNPATH alone.</summary>
    public string? RunPath { get; private init; }

    /// <summary>Whether <see cref="RunPath"/> is DT_RUNPATH, which is for this file's own needs only; otherwise it is DT_RPATH, which libraries inherit.</summary>
    public bool IsRunPath { get; private init; }

    /// <summary>The symbol versions that libraries must provide.</summary>
    public IReadOnlyList<ElfVersionNeed> VersionNeeds { get; private init; } = [];

    /// <summary>The symbol versions that the file provides.</summary>
    public IReadOnlyList<string> ProvidedVersions { get; private init; } = [];

    /// <summary>The x86-64 level that the file says it needs, 1 to 4; 0 when it does not say so.</summary>
    public int IsaLevel { get; private init; }

    /// <summary>The oldest kernel that the file says it runs on; null when it does not say so.</summary>
    public Version? Kernel { get; private init; }

    /// <summary>Whether it has the debug information of another file and nothing that runs.</summary>
    public bool IsDebugOnly { get; private init; }

    /// <summary>Whether the loader links it: it has a dynamic section.</summary>
    public bool IsDynamic { get; private init; }

    /// <summary>Whether the default folders are not looked at for its libraries (<c>-z nodefaultlib</c>).</summary>
    public bool HasNoDefaultFolders { get; private init; }

    /// <summary>Whether a file begins as an ELF file does.</summary>
    /// <param name="start">Its first 4 bytes, or more.</param>
    public static bool IsElf(ReadOnlySpan<byte> start) => ElfHeader.IsElf(start);

    /// <summary>Reads a file by its offsets; the position of the descriptor does not move.</summary>
    /// <param name="file">The file.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <exception cref="ElfFormatException">It is no ELF file, or a damaged one.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ElfFile Read(SafeFileHandle file, long lengthBytes) => Read(ElfImage.Read(file, lengthBytes));

    /// <summary>Reads what an open file says.</summary>
    /// <exception cref="ElfFormatException">A table contradicts itself.</exception>
    internal static ElfFile Read(ElfImage image)
    {
        ElfHeader header = image.Header;
        ElfNotes notes = ElfNotes.Read(image);
        ElfByteOrder order = header.Encoding.IsBigEndian ? ElfByteOrder.BigEndian : ElfByteOrder.LittleEndian;
        var file = new ElfFile(header.Encoding.Is64Bit ? 64 : 32, order, header.OsAbi, header.Type, header.Machine, header.Flags)
        {
            Interpreter = image.ReadInterpreter() is { } path ? Encoding.Latin1.GetString(path) : null,
            IsaLevel = notes.ProcessorLevel ?? 0,
            Kernel = notes.Kernel,
            IsDebugOnly = image.IsDebugOnly,
        };
        if (image.Dynamic is not { } dynamic)
            return file;
        const ulong NoDefaultFolders = 0x800;
        string[] runPaths = [.. dynamic.ReadTexts(ElfDynamicTag.RunPath)];
        string[] inherited = [.. dynamic.ReadTexts(ElfDynamicTag.RPath)];
        return file with
        {
            IsDynamic = true,
            Soname = dynamic.SharedName,
            Needed = [.. dynamic.Needed],
            RunPath = runPaths.LastOrDefault() ?? inherited.LastOrDefault(),
            IsRunPath = runPaths.Length > 0,
            HasNoDefaultFolders = ((dynamic.Find(ElfDynamicTag.Flags1)?.Value ?? 0) & NoDefaultFolders) != 0,
            VersionNeeds = [.. ElfVersions.ReadNeeded(image).Select(need => new ElfVersionNeed(need.LibraryText(dynamic)!, need.NameText(dynamic), need.IsWeak))],
            ProvidedVersions = [.. ElfVersions.ReadProvided(image).Select(version => version.NameText(dynamic))],
        };
    }
}

/// <summary>A symbol version that a library must provide.</summary>
/// <param name="Library">The soname of the library.</param>
/// <param name="Version">The version, such as <c>GLIBC_2.34</c>.</param>
/// <param name="IsWeak">Whether the file is loaded without it.</param>
internal readonly record struct ElfVersionNeed(string Library, string Version, bool IsWeak);

/// <summary>Which byte of a number comes first.</summary>
internal enum ElfByteOrder
{
    /// <summary>The lowest.</summary>
    LittleEndian,

    /// <summary>The highest.</summary>
    BigEndian,
}
