using Shacache.Testing;

namespace Shacache.Client.Tests.Elf;

/// <summary>A small release that a compiler makes: a library, and a program that finds it by its run path.</summary>
internal sealed class ElfRelease : IDisposable
{
    public const string Name = "0123456789abcdef0011223344556677";
    private readonly TemporaryFolder _folder = new();

    /// <summary>Makes the root, no release in it.</summary>
    public ElfRelease() => Prefix = PrefixOf(60);

    /// <summary>Where the release is.</summary>
    public string Prefix { get; private set; }

    /// <summary>The program.</summary>
    public string Program => Path.Combine(Prefix, "bin/program");

    /// <summary>The library.</summary>
    public string Library => Path.Combine(Prefix, "lib/libsample.so");

    public void Dispose() => _folder.Dispose();

    /// <summary>The path of the release below a root of so many bytes.</summary>
    public string PrefixOf(int rootBytes) => $"{_folder.Path}/{new string('r', rootBytes - _folder.Path.Length - 1)}/{Name}";

    /// <summary>Builds the release.</summary>
    /// <param name="compiler">The compiler.</param>
    /// <param name="options">Options for both files.</param>
    public void Build(string compiler, params string[] options)
    {
        Toolchain.Compile(compiler, Library, $"const char *text(void) {{ return \"data is in {Prefix}/share\"; }}", [.. options, "-shared", "-fPIC", "-Wl,-soname,libsample.so"]);
        Toolchain.Compile(compiler, Program, Toolchain.Caller, [.. options, $"-L{Prefix}/lib", "-lsample", $"-Wl,-rpath,{Prefix}/lib"]);
    }

    /// <summary>A file beside the root.</summary>
    public string PathOf(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Builds a release whose library needs a further one, <c>libinner.so</c>, which it has no run path for.</summary>
    /// <param name="inner">The folder of the further library.</param>
    /// <param name="libraryOptions">Options for the library.</param>
    /// <param name="programOptions">Options for the program.</param>
    public void BuildFrom(string inner, string[] libraryOptions, string[] programOptions)
    {
        string folder = Path.Combine(Prefix, inner);
        Toolchain.Compile("gcc", Path.Combine(folder, "libinner.so"), "const char *inner(void) { return \"inner\"; }", "-shared", "-fPIC", "-Wl,-soname,libinner.so");
        Toolchain.Compile("gcc", Library, "const char *inner(void); const char *text(void) { return inner(); }", ["-shared", "-fPIC", "-Wl,-soname,libsample.so", $"-L{folder}", "-linner", .. libraryOptions]);
        Toolchain.Compile("gcc", Program, Toolchain.Caller, [$"-L{Prefix}/lib", $"-L{folder}", "-lsample", .. programOptions, $"-Wl,-rpath-link,{folder}"]);
    }

    /// <summary>Moves the files of the release to another root, the old one being gone after it.</summary>
    public void Move(int rootBytes, params string[] files)
    {
        string target = PrefixOf(rootBytes);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        foreach (string file in files)
            ElfFiles.Move(file, Prefix, target);
        Directory.Move(Prefix, target);
        Prefix = target;
    }
}
