namespace Shacache.Client.Elf;

/// <summary>A place of an ELF file that names the path of the release, or a piece of it.</summary>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="LengthBytes">Bytes, slashes in front included.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="IsLive">Whether a running program can see it.</param>
/// <param name="EndsWithNul">Whether the string that it begins ends with a NUL.</param>
/// <param name="CanGrow">Whether the string can be given a new, longer place.</param>
/// <param name="Reason">Why it cannot be changed within its length; null when it can. A live trace with a reason can still be moved when it can grow.</param>
internal readonly record struct ElfTrace(
    long Offset, int LengthBytes, ElfTraceKind Kind, bool IsLive, bool EndsWithNul, bool CanGrow, string? Reason);

/// <summary>Where the path of a release stands in an ELF file, with all slashes in front of it: these are room for a longer path.</summary>
/// <param name="Offset">Bytes from the start of the file.</param>
/// <param name="LengthBytes">Bytes, slashes in front included.</param>
internal readonly record struct ElfMatch(long Offset, int LengthBytes);

/// <summary>What a string of an ELF file is for.</summary>
internal enum ElfTraceKind
{
    /// <summary>DT_RPATH or DT_RUNPATH.</summary>
    RunPath,

    /// <summary>PT_INTERP.</summary>
    Interpreter,

    /// <summary>Another string of the dynamic string table that something refers to.</summary>
    DynamicString,

    /// <summary>Data that is loaded when the program runs.</summary>
    CString,

    /// <summary>Debug information.</summary>
    Debug,

    /// <summary>A comment of the compiler.</summary>
    Comment,

    /// <summary>The name of a symbol or section that the loader does not read.</summary>
    SymbolName,

    /// <summary>Anything in an object file, which is linked into nothing where it is installed.</summary>
    Object,

    /// <summary>A piece of the path that is not part of a whole one, such as an immediate value in code.</summary>
    Piece,

    /// <summary>Anything else.</summary>
    Other,
}
