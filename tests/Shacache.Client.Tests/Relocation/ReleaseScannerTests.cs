using System.IO.Compression;
using System.Text;
using Shacache.Client.Archives;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Scanning;
using Shacache.Client.Tests.Archives;

namespace Shacache.Client.Tests.Relocation;

public sealed class ReleaseScannerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Complete_BuiltRelease_KnowsEachFileThatNamesItsPath()
    {
        BuiltRelease release = BuiltRelease.Create(_folder["root"]);

        ScanResult scan = await ScanAsync(release);

        Dictionary<string, string> found = scan.Map.Files.ToDictionary(file => Unversioned(file.Path), file => $"{file.Form}: {string.Join(", ", file.Traces.Select(Describe).Distinct())}");
        Assert.Equal("Elf: live RunPath Grow, live CString Pad, dead Debug Pad", found["bin/reader"]);
        Assert.Equal("Text: live Shebang Replace, live Text Replace", found["bin/script"]);
        Assert.Equal("Link: live Link Replace", found["bin/absolute"]);
        Assert.Equal("Elf: dead Debug Pad", found["lib/libtext.so.1"]);
        Assert.Equal("Elf: dead Object Pad", found["lib/part.o"]);
        Assert.Equal("StaticLibrary: dead Object Pad", found["lib/libpart.a"]);
        Assert.Equal("CompiledPython: live Constant Replace", found["lib/python/gone.pyc"]);
        Assert.Equal("CompiledPython: dead Constant Replace", found["lib/python/__pycache__/kept.pyc"]);
        Assert.Equal("CompiledPython: dead Constant Replace", found["lib/python/__pycache__/names.pyc"]);
        Assert.Equal("Checksums: ", found["lib/python/dist-1.0.dist-info/RECORD"]);
        Assert.Equal("Compressed: dead Member None", found["share/man/man1/text.1.gz"]);
        Assert.Equal("Binary: live Data Pad", found["share/table"]);
        string[] texts = ["share/functions", "lib/pkgconfig/text.pc", "lib/libtext.la", "etc/settings.json", "etc/wide.txt", "etc/wide32.txt", "lib/python/names.py"];
        Assert.All(texts, name => Assert.Equal("Text: live Text Replace", found[name]));
        // The second name of a file, links that are relative, texts that name other paths.
        Assert.Equal(12 + texts.Length, found.Count);
        Assert.Equal(_folder["root"].Length, scan.Requirements.LongestRoot);
    }

    [Fact]
    public async Task Complete_BuiltRelease_HoldsThePathAtEachPlace()
    {
        BuiltRelease release = BuiltRelease.Create(_folder["root"]);

        ScanResult scan = await ScanAsync(release);

        foreach (MappedFile file in scan.Map.Files.Where(file => file.Form is not (FileForm.Link or FileForm.Compressed)))
        {
            byte[] content = File.ReadAllBytes(release[file.Path]);
            Assert.Equal(content.Length, file.Size);
            foreach (MappedTrace trace in file.Traces)
            {
                Encoding encoding = trace.Encoding switch
                {
                    null => Encoding.UTF8,
                    TraceEncoding.Utf16LittleEndian => Encoding.Unicode,
                    TraceEncoding.Utf32BigEndian => new UTF32Encoding(bigEndian: true, byteOrderMark: false),
                    _ => throw new InvalidOperationException($"{file.Path} has no such text."),
                };
                Assert.Equal(trace.As ?? release.Folder, encoding.GetString(content, (int)trace.At, trace.Length));
            }
        }

        // All of them: nothing of the path is left when they are cut out.
        MappedFile program = Assert.Single(scan.Map.Files, file => file.Path == "bin/reader");
        byte[] rest = File.ReadAllBytes(release["bin/reader"]);
        foreach (MappedTrace trace in program.Traces)
            rest.AsSpan((int)trace.At, trace.Length).Clear();
        Assert.Equal(-1, rest.AsSpan().IndexOf(Encoding.UTF8.GetBytes(BuiltRelease.Md5)));
    }

    [Fact]
    public async Task Complete_BuiltRelease_TellsWhatItNeeds()
    {
        BuiltRelease release = BuiltRelease.Create(_folder["root"]);

        ReleaseRequirements needs = (await ScanAsync(release)).Requirements;

        Assert.Equal("glibc", needs.Libc);
        Assert.Equal(["libc.so.6"], needs.Libraries.Select(library => library.Name));
        Assert.All(needs.Versions, version => Assert.StartsWith("GLIBC_2.", version.Version, StringComparison.Ordinal));
        Assert.Contains(needs.Versions, version => version is { Library: "libc.so.6", File: "bin/reader" or "lib/libtext.so.1" });
        Assert.Contains(needs.Interpreters, program => program is { Name: "/bin/sh", File: "bin/foreign" });
        Assert.Contains(needs.Interpreters, program => program.File == "bin/reader" && program.Name.Contains("/ld-linux", StringComparison.Ordinal));
        Assert.Equal([_folder["root"], $"{_folder["root"]}/{new string('a', 32)}"], needs.Outside.Select(path => path.Name));
        Assert.Single(needs.Machines);
    }

    /// <summary>What a compiler may make of a short path: pieces of it in the code, no whole path anywhere.</summary>
    [Fact]
    public async Task Complete_PathTakenApartByTheCompiler_CannotMove()
    {
        BuiltRelease release = BuiltRelease.Create(_folder["root"]);
        Elf.Toolchain.Compile(
            "gcc", release["bin/immediate"],
            $$"""
            #include <string.h>
            #include <stdio.h>
            __attribute__((noinline)) static void set(char *place) { memcpy(place, "{{BuiltRelease.Md5}}", 32); }
            int main(void) { char text[33] = { 0 }; set(text); return puts(text) < 0; }
            """,
            "-O2");

        ScanResult scan = await ScanAsync(release);

        MappedFile file = Assert.Single(scan.Map.Files, file => file.Path == "bin/immediate");
        Assert.All(file.Traces, trace => Assert.Equal((TraceUse.Piece, TraceChange.None, false), (trace.Use, trace.Change, trace.Dead)));
        Assert.Equal(0, scan.Requirements.LongestRoot);
    }

    [Theory]
    [InlineData("a.db", "SQLite format 3\0....P\0", "Database: live Data None")]
    [InlineData("a.bin", "\0\u0001P\u0001", "Binary: live Data None")]
    [InlineData("a.bin", "\0\u0001///P/x\0", "Binary: live Data Pad")]
    [InlineData("a.m4f", "# This is a frozen state file generated by GNU M4 1.4.19\nV1\nT3,9\nabcP\n", "Text: live Text Pad")]
    [InlineData("a.elc", ";ELC\u001c\0\0\0\n#@9 P\u001f", "Binary: live Data None")]
    [InlineData("a.txt", "nothing", null)]
    [InlineData("a.txt", "/srvP and M alone", null)]
    [InlineData("a.bin", "\0\u0001 M alone", "Binary: live Piece None")]
    public async Task Complete_OtherFiles_AreKnownByTheirContent(string name, string pattern, string? expected)
    {
        string folder = _folder[$"root/{BuiltRelease.Md5}"];
        Directory.CreateDirectory(folder);
        // The MD5 first: the random name of the folder may have an M in it.
        string text = pattern.Replace("M", BuiltRelease.Md5, StringComparison.Ordinal).Replace("P", folder, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(folder, name), Encoding.Latin1.GetBytes(text));

        ScanResult scan = await ScanAsync(folder);

        Assert.Equal(expected, scan.Map.Files.Select(file => $"{file.Form}: {string.Join(", ", file.Traces.Select(Describe).Distinct())}").SingleOrDefault());
    }

    [Theory]
    [InlineData("lib/x.jar", "Archive: live Member None")]
    [InlineData("share/doc/x/y.zip", "Archive: dead Member None")]
    public async Task Complete_ZipArchive_IsLookedInto(string name, string expected)
    {
        string folder = _folder[$"root/{BuiltRelease.Md5}"];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
        using (var zip = ZipFile.Open(Path.Combine(folder, name), ZipArchiveMode.Create))
        {
            using var member = new StreamWriter(zip.CreateEntry("inner/file").Open());
            member.Write(new string(' ', 100_000) + folder);
        }

        MappedFile file = Assert.Single((await ScanAsync(folder)).Map.Files);

        Assert.Equal(expected, $"{file.Form}: {string.Join(", ", file.Traces.Select(Describe))}");
        Assert.Contains("'inner/file'", file.Traces[0].Why, StringComparison.Ordinal);
    }

    private static string Describe(MappedTrace trace) => $"{(trace.Dead ? "dead" : "live")} {trace.Use} {trace.Change}";

    private static string Unversioned(string path) => path.Contains(".cpython", StringComparison.Ordinal) ? path[..path.IndexOf(".cpython", StringComparison.Ordinal)] + ".pyc" : path;

    private static Task<ScanResult> ScanAsync(BuiltRelease release) => ScanAsync(release.Folder);

    private static async Task<ScanResult> ScanAsync(string folder)
    {
        var scanner = new ReleaseScanner(Path.GetDirectoryName(folder)!, Path.GetFileName(folder));
        await new SoftwareArchiver(new ArchiveOptions { Observer = scanner }).ReadAsync(folder, null, TestContext.Current.CancellationToken);
        return scanner.Complete();
    }
}
