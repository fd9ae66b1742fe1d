using System.IO.Compression;
using System.Text;
using Shacache.Client.Tests.Elf;

namespace Shacache.Client.Tests.Relocation;

/// <summary>A small release, built by real compilers under a root: programs, libraries, scripts, compiled Python, links, texts.</summary>
internal sealed class BuiltRelease
{
    public const string Md5 = "0cc175b9c0f1b6a831c399e269772661";

    private BuiltRelease(string root) => Root = root;

    public string Root { get; }

    public string Folder => Path.Combine(Root, Md5);

    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>Builds it, or skips the test where a compiler is missing.</summary>
    /// <param name="root">The root.</param>
    /// <param name="hasCompiledFolder">Whether a program and a table have the path as data, which has no room for a longer one.</param>
    public static BuiltRelease Create(string root, bool hasCompiledFolder = true)
    {
        Toolchain.Require("gcc", "ar", "python3");
        var release = new BuiltRelease(root);
        Directory.CreateDirectory(release.Folder);
        release.BuildPrograms(hasCompiledFolder);
        release.BuildPython();
        release.BuildTexts(hasCompiledFolder);
        release.BuildLinks();
        return release;
    }

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], content);
    }

    public void WriteScript(string name, string text)
    {
        Write(name, text);
        Toolchain.Run("chmod", "755", this[name]);
    }

    /// <summary>A library, a program that finds it by its run path and reads a file of a folder that is compiled in, and what linkers leave.</summary>
    private void BuildPrograms(bool hasCompiledFolder)
    {
        Toolchain.Compile("gcc", this["lib/libtext.so.1"], "const char *text(void) { return \"from the library\"; }", "-shared", "-fPIC", "-g", "-Wl,-soname,libtext.so.1");
        File.CreateSymbolicLink(this["lib/libtext.so"], "libtext.so.1");
        Write("share/data/greeting", "from the data\n");
        Toolchain.Compile(
            "gcc", this["bin/reader"],
            !hasCompiledFolder ? Toolchain.Caller : $$"""
            #include <stdio.h>
            const char *text(void);
            static const char *const folders[] = { "{{Folder}}/share/data", "a{{Folder}}" };
            int main(void)
            {
                char line[4096];
                snprintf(line, sizeof line, "%s/greeting", folders[0]);
                FILE *file = fopen(line, "r");
                if (file == NULL || fgets(line, sizeof line, file) == NULL)
                    return 1;
                printf("%s, %s", text(), line);
                return folders[1][0] != 'a';
            }
            """,
            "-g", $"-L{Folder}/lib", "-ltext", $"-Wl,-rpath,{Folder}/lib:/usr/lib/none", $"-fdebug-prefix-map={Environment.CurrentDirectory}={Folder}/src");
        Toolchain.Compile("gcc", this["lib/part.o"], $"const char *part(void) {{ return \"{Folder}/share\"; }}", "-c", "-g");
        Toolchain.Run("ar", "rcsD", this["lib/libpart.a"], this["lib/part.o"]);
        Directory.CreateDirectory(this["lib/pkgconfig"]);
    }

    private void BuildPython()
    {
        Write("lib/python/kept.py", "def f(): return 'no path here'\n");
        Write("lib/python/names.py", $"FOLDER = '{Folder}/share/data'\ndef f(): return FOLDER\n");
        Write("lib/python/gone.py", $"FOLDER = '{Folder}/share/data'\nOTHER = b'{Folder}'\ndef f(): return FOLDER\n");
        Toolchain.Run("python3", "-m", "compileall", "-q", this["lib/python"]);
        // Compiled Python without its source is loaded from the folder itself.
        string compiled = Directory.GetFiles(this["lib/python/__pycache__"], "gone.*.pyc").Single();
        File.Move(compiled, this["lib/python/gone.pyc"]);
        File.Delete(this["lib/python/gone.py"]);
        Write("lib/python/dist-1.0.dist-info/RECORD", $"names.py,{Hash("lib/python/names.py")},{new FileInfo(this["lib/python/names.py"]).Length}\r\nkept.py,{Hash("lib/python/kept.py")},30\r\ndist-1.0.dist-info/RECORD,,\r\n");
    }

    private void BuildTexts(bool hasCompiledFolder)
    {
        WriteScript("bin/script", $"#!{Folder}/bin/sh -e\n. {Folder}/share/functions\nsay \"$1\"\n");
        WriteScript("bin/foreign", "#!/bin/sh\necho foreign\n");
        Write("share/functions", $"say() {{ echo \"{Folder}: $1\"; }}\n");
        Write("lib/pkgconfig/text.pc", $"prefix={Folder}\nlibdir={Folder}/lib\nLibs: -L{Folder}/lib -ltext\n");
        Write("lib/libtext.la", $"libdir='{Folder}/lib'\ndependency_libs=' -L{Folder}/lib /usr/lib/libm.la'\n");
        Write("etc/settings.json", $"{{\"folder\": \"{Folder.Replace("/", "\\/", StringComparison.Ordinal)}\\/share\"}}\n");
        Write("etc/other", $"/srv/chroot{Folder} {Folder}-old {Root}/{new string('a', 32)}/bin {Root}\n");
        Write("etc/wide.txt", [0xff, 0xfe, .. Encoding.Unicode.GetBytes($"folder = {Folder}/share; ä")]);
        Write("etc/wide32.txt", [0, 0, 0xfe, 0xff, .. new UTF32Encoding(bigEndian: true, byteOrderMark: false).GetBytes($"{Folder}")]);
        if (hasCompiledFolder)
            Write("share/table", [1, 0, 7, .. Encoding.UTF8.GetBytes($"{Folder}/share"), 0, 9, 9]);
        Directory.CreateDirectory(this["share/man/man1"]);
        using var page = new GZipStream(File.Create(this["share/man/man1/text.1.gz"]), CompressionLevel.Optimal);
        page.Write(Encoding.UTF8.GetBytes($"see {Folder}/share\n"));
    }

    private void BuildLinks()
    {
        File.CreateSymbolicLink(this["bin/sh"], "/bin/sh");
        File.CreateSymbolicLink(this["bin/absolute"], $"{Folder}/bin/script");
        Toolchain.Run("ln", this["bin/script"], this["bin/second"]);
        Toolchain.Run("touch", "-d", "2001-02-03 04:05:06.789", this["bin/script"], this["etc/settings.json"], this["etc"]);
        Toolchain.Run("chmod", "440", this["etc/settings.json"]);
    }

    private string Hash(string name) =>
        $"sha256={Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(this[name]))).TrimEnd('=').Replace('+', '-').Replace('/', '_')}";
}
