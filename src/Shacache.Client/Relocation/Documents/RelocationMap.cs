using System.Text.Json.Serialization;

namespace Shacache.Client.Relocation.Documents;

/// <summary>Where the path of a release stands in its files: what is changed when it is installed under another root (docs/relocation.md, "The map").</summary>
internal sealed record RelocationMap
{
    /// <summary>The version that is written, and the newest that is read.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the form.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The root that the release was built under, as <see cref="PathText"/>, without a slash at its end.</summary>
    public required string Root { get; init; }

    /// <summary>Name of the release's folder: an MD5.</summary>
    public required string Folder { get; init; }

    /// <summary>The files and links that name the path, in the order of the archive; others are not touched.</summary>
    public IReadOnlyList<MappedFile> Files { get; init; } = [];
}

/// <summary>A file, or symbolic link, that names the path of its release.</summary>
internal sealed record MappedFile
{
    /// <summary>Its path below the release's folder, as <see cref="PathText"/>; that of the first name, where it has several.</summary>
    public required string Path { get; init; }

    /// <summary>What it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required FileForm Form { get; init; }

    /// <summary>Its length in bytes; 0 of a link.</summary>
    public long Size { get; init; }

    /// <summary>Compiled Python: the source that it can be made of again, as <see cref="PathText"/>; null when there is none beside it.</summary>
    public string? Source { get; init; }

    /// <summary>The places, in the order of their offsets.</summary>
    public IReadOnlyList<MappedTrace> Traces { get; init; } = [];
}

/// <summary>A place that names the path of the release.</summary>
internal sealed record MappedTrace
{
    /// <summary>Bytes from the start of the file, or of a link's target.</summary>
    public long At { get; init; }

    /// <summary>Bytes, with the slashes in front that are room for a longer path.</summary>
    public int Length { get; init; }

    /// <summary>What it is for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TraceUse Use { get; init; }

    /// <summary>Whether nothing reads it when the release is used.</summary>
    public bool Dead { get; init; }

    /// <summary>Whether a NUL ends the text that has it.</summary>
    public bool Nul { get; init; }

    /// <summary>How it can be changed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required TraceChange Change { get; init; }

    /// <summary>The bytes that were found, as <see cref="PathText"/>; null when they are the path as it is written in the map, in the encoding of the place.</summary>
    public string? As { get; init; }

    /// <summary>The encoding; null for one byte a character.</summary>
    public TraceEncoding? Encoding { get; init; }

    /// <summary>A first line that names an interpreter, without its end, as <see cref="PathText"/>.</summary>
    public string? Line { get; init; }

    /// <summary>With <see cref="Line"/>: whether the second line names the encoding of a Python source, and must stay the second (PEP 263).</summary>
    public bool Coding { get; init; }

    /// <summary>Compiled Python: where the constant begins that has it.</summary>
    public long? Constant { get; init; }

    /// <summary>Compiled Python: type and length of the constant, two or five bytes, in hexadecimal.</summary>
    public string? Head { get; init; }

    /// <summary>Why it is dead, or cannot be changed.</summary>
    public string? Why { get; init; }
}

/// <summary>What a file of the map is.</summary>
internal enum FileForm
{
    /// <summary>Text of any kind; it may change its length.</summary>
    [JsonStringEnumMemberName("text")]
    Text,

    /// <summary>A program, library or object in the ELF format.</summary>
    [JsonStringEnumMemberName("elf")]
    Elf,

    /// <summary>Compiled Python.</summary>
    [JsonStringEnumMemberName("pyc")]
    CompiledPython,

    /// <summary>A symbolic link.</summary>
    [JsonStringEnumMemberName("link")]
    Link,

    /// <summary>A static library.</summary>
    [JsonStringEnumMemberName("library")]
    StaticLibrary,

    /// <summary>Something compressed.</summary>
    [JsonStringEnumMemberName("compressed")]
    Compressed,

    /// <summary>A zip file, such as a jar or wheel.</summary>
    [JsonStringEnumMemberName("archive")]
    Archive,

    /// <summary>A database.</summary>
    [JsonStringEnumMemberName("database")]
    Database,

    /// <summary>The checksums of a Python distribution (<c>RECORD</c>), which must agree with changed files.</summary>
    [JsonStringEnumMemberName("checksums")]
    Checksums,

    /// <summary>Another binary file.</summary>
    [JsonStringEnumMemberName("binary")]
    Binary,
}

/// <summary>What the place of a file is for.</summary>
internal enum TraceUse
{
    /// <summary>Text.</summary>
    [JsonStringEnumMemberName("text")]
    Text,

    /// <summary>The line that names the interpreter of a script.</summary>
    [JsonStringEnumMemberName("shebang")]
    Shebang,

    /// <summary>The target of a symbolic link.</summary>
    [JsonStringEnumMemberName("link")]
    Link,

    /// <summary>ELF: where libraries are looked for.</summary>
    [JsonStringEnumMemberName("run_path")]
    RunPath,

    /// <summary>ELF: the program that loads it.</summary>
    [JsonStringEnumMemberName("interpreter")]
    Interpreter,

    /// <summary>ELF: another string of the dynamic string table.</summary>
    [JsonStringEnumMemberName("dynamic_string")]
    DynamicString,

    /// <summary>ELF: data that is loaded.</summary>
    [JsonStringEnumMemberName("c_string")]
    CString,

    /// <summary>ELF: debug information.</summary>
    [JsonStringEnumMemberName("debug")]
    Debug,

    /// <summary>ELF: a comment of the compiler.</summary>
    [JsonStringEnumMemberName("comment")]
    Comment,

    /// <summary>ELF: a name that the loader does not read.</summary>
    [JsonStringEnumMemberName("symbol_name")]
    SymbolName,

    /// <summary>ELF: anything in an object file or static library.</summary>
    [JsonStringEnumMemberName("object")]
    Object,

    /// <summary>ELF: a piece of the path without the rest.</summary>
    [JsonStringEnumMemberName("piece")]
    Piece,

    /// <summary>Compiled Python: a constant.</summary>
    [JsonStringEnumMemberName("constant")]
    Constant,

    /// <summary>Inside something that is compressed.</summary>
    [JsonStringEnumMemberName("member")]
    Member,

    /// <summary>Other data.</summary>
    [JsonStringEnumMemberName("data")]
    Data,
}

/// <summary>How a place can be changed.</summary>
internal enum TraceChange
{
    /// <summary>Not at all.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>By a path of any length.</summary>
    [JsonStringEnumMemberName("replace")]
    Replace,

    /// <summary>By a path that is not longer than the place; slashes in front make up for the rest.</summary>
    [JsonStringEnumMemberName("pad")]
    Pad,

    /// <summary>As <see cref="Pad"/>, and by a longer one that gets a place at the end of the ELF file; with a reason why not, only by one there.</summary>
    [JsonStringEnumMemberName("grow")]
    Grow,
}

/// <summary>An encoding in which the path was found.</summary>
internal enum TraceEncoding
{
    /// <summary>UTF-16, lower byte first.</summary>
    [JsonStringEnumMemberName("utf-16le")]
    Utf16LittleEndian,

    /// <summary>UTF-16, higher byte first.</summary>
    [JsonStringEnumMemberName("utf-16be")]
    Utf16BigEndian,

    /// <summary>UTF-32, lowest byte first.</summary>
    [JsonStringEnumMemberName("utf-32le")]
    Utf32LittleEndian,

    /// <summary>UTF-32, highest byte first.</summary>
    [JsonStringEnumMemberName("utf-32be")]
    Utf32BigEndian,
}
