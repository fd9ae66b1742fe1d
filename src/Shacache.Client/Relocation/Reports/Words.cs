using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Relocation.Reports;

/// <summary>What the words of a map mean, for people.</summary>
internal static class Words
{
    /// <summary>A kind of file, in the plural.</summary>
    public static string Of(FileForm form) => form switch
    {
        FileForm.Text => "texts",
        FileForm.Elf => "programs and libraries",
        FileForm.CompiledPython => "compiled Python",
        FileForm.Link => "symbolic links",
        FileForm.StaticLibrary => "static libraries",
        FileForm.Compressed => "compressed files",
        FileForm.Archive => "zip archives",
        FileForm.Database => "databases",
        FileForm.Checksums => "lists of checksums",
        _ => "other binary files",
    };

    /// <summary>What a place is for.</summary>
    public static string Of(TraceUse use) => use switch
    {
        TraceUse.Text => "text",
        TraceUse.Shebang => "interpreter line",
        TraceUse.Link => "link target",
        TraceUse.RunPath => "run path",
        TraceUse.Interpreter => "loader path",
        TraceUse.DynamicString => "dynamic string",
        TraceUse.CString => "string in the program",
        TraceUse.Debug => "debug information",
        TraceUse.Comment => "compiler comment",
        TraceUse.SymbolName => "symbol name",
        TraceUse.Object => "object file",
        TraceUse.Piece => "piece of the path",
        TraceUse.Constant => "constant",
        TraceUse.Member => "content",
        _ => "data",
    };
}

/// <summary>What to do about a place that cannot be changed.</summary>
internal static class Remedies
{
    public static string? Of(MappedFile file, MappedTrace trace) => (file.Form, trace.Use) switch
    {
        (_, TraceUse.Piece) => "compile the file that has the path with -fno-builtin-memcpy -fno-builtin-strcpy, so that the compiler does not take it apart",
        (FileForm.Compressed, _) => "keep it uncompressed, or below share/man, share/info or share/doc when it is documentation",
        (FileForm.Archive, _) => "build it without absolute paths, or install it unpacked",
        (FileForm.Database, _) => "let it be made when the release is used, or store relative paths",
        (FileForm.CompiledPython, _) => "keep the source beside it",
        (FileForm.Elf, TraceUse.DynamicString) => "link by name and not by path, and use $ORIGIN in run paths",
        _ => null,
    };
}
