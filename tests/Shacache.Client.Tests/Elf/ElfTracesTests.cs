using System.Text;
using Shacache.Client.Elf;

namespace Shacache.Client.Tests.Elf;

public sealed class ElfTracesTests
{
    [Fact]
    public void Classify_ProgramWithDebugInformation_EveryPlaceIsWhatItIsFor()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.Build("gcc", "-g", $"-Wl,--dynamic-linker={release.Prefix}/lib/ld.so");

        ElfTrace[] program = ElfFiles.Classify(release.Program, release.Prefix);
        ElfTrace[] library = ElfFiles.Classify(release.Library, release.Prefix);

        Assert.Single(program, trace => trace is { Kind: ElfTraceKind.RunPath, IsLive: true, CanGrow: true, EndsWithNul: true, Reason: null });
        Assert.Single(program, trace => trace is { Kind: ElfTraceKind.Interpreter, IsLive: true, CanGrow: true, EndsWithNul: true, Reason: null });
        Assert.Single(library, trace => trace is { Kind: ElfTraceKind.CString, IsLive: true, CanGrow: false, EndsWithNul: true, Reason: null });
        Assert.Contains(program, trace => trace is { Kind: ElfTraceKind.Debug, IsLive: false, Reason: null });
        Assert.DoesNotContain(program.Concat(library), trace => trace.Kind is ElfTraceKind.Piece or ElfTraceKind.Other);
        Assert.All(program.Concat(library), trace => Assert.Equal(trace.Kind is not ElfTraceKind.Debug, trace.IsLive));
    }

    [Fact]
    public void Classify_ObjectFileAndDebugFile_AreDead()
    {
        Toolchain.Require("gcc", "objcopy");
        using var release = new ElfRelease();
        release.Build("gcc", "-g");
        string objectFile = Path.Combine(release.Prefix, "lib/one.o");
        string debugFile = Path.Combine(release.Prefix, "lib/program.debug");
        Toolchain.Compile("gcc", objectFile, $"const char *text(void) {{ return \"{release.Prefix}\"; }}", "-g", "-c");
        Toolchain.Run("objcopy", "--only-keep-debug", release.Program, debugFile);

        Assert.All(NotEmpty(ElfFiles.Classify(objectFile, release.Prefix)), trace => Assert.True(trace is { IsLive: false, Kind: ElfTraceKind.Object, Reason: null }));
        Assert.All(NotEmpty(ElfFiles.Classify(debugFile, release.Prefix)), trace => Assert.True(trace is { IsLive: false, Kind: ElfTraceKind.Debug, Reason: not null }));
    }

    [Fact]
    public void Classify_Comment_IsDead()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        Toolchain.Compile("gcc", release.Library, $"__asm__(\".ident \\\"made by {release.Prefix}/bin/cc\\\"\"); int one(void) {{ return 1; }}", "-shared", "-fPIC");

        Assert.True(Assert.Single(ElfFiles.Classify(release.Library, release.Prefix)) is { IsLive: false, Kind: ElfTraceKind.Comment, Reason: null });
    }

    /// <summary>A run path that was taken away stays in the string table, where nothing refers to it.</summary>
    [Fact]
    public void Classify_RunPathThatNothingRefersTo_IsDead()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.Build("gcc");
        byte[] content = File.ReadAllBytes(release.Program);
        // DT_RUNPATH (29) becomes DT_DEBUG (21), which only has to be there.
        int at = IndexOfEntry(content, 29);
        content[at] = 21;
        File.WriteAllBytes(release.Program, content);

        Assert.True(Assert.Single(ElfFiles.Classify(release.Program, release.Prefix)) is { IsLive: false, Kind: ElfTraceKind.SymbolName, Reason: null });
    }

    /// <summary>The linker lets a symbol be the tail of the run path: behind the path of the release it may, within it the path cannot be changed in place.</summary>
    [Theory]
    [InlineData("lib", true)]
    [InlineData(ElfRelease.Name + "/lib", false)]
    public void Classify_SymbolThatSharesTheTail_IsAllowedBehindThePath(string symbol, bool isFree)
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        string source = $"int shared(void) __asm__(\"\\\"{symbol}\\\"\"); int shared(void) {{ return 1; }}";
        Toolchain.Compile("gcc", release.Library, source, "-shared", "-fPIC", $"-Wl,-rpath,{release.Prefix}/lib", "-Wl,-O2");

        ElfTrace trace = Assert.Single(ElfFiles.Classify(release.Library, release.Prefix), found => found.Kind == ElfTraceKind.RunPath);

        Assert.True(trace is { IsLive: true, CanGrow: true });
        Assert.Equal(isFree, trace.Reason is null);
    }

    [Fact]
    public void Classify_PathInSymbolName_CannotBeChanged()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        string source = $"int shared(void) __asm__(\"\\\"f:{release.Prefix}/x\\\"\"); int shared(void) {{ return 1; }}";
        Toolchain.Compile("gcc", release.Library, source, "-shared", "-fPIC", "-s");

        Assert.True(Assert.Single(ElfFiles.Classify(release.Library, release.Prefix)) is { IsLive: true, CanGrow: false, Kind: ElfTraceKind.DynamicString, Reason: not null });
    }

    /// <summary>Compilers copy short strings as immediate values, so that the path is nowhere in one piece.</summary>
    [Fact]
    public void Classify_PathCopiedInPieces_IsNamed()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        string source = $"#include <string.h>\nvoid copy(char *to) {{ memcpy(to, \"/opt/{ElfRelease.Name}\", {5 + ElfRelease.Name.Length}); }}";
        Toolchain.Compile("gcc", release.Library, source, "-O2", "-shared", "-fPIC", "-mno-sse", "-s");

        ElfTrace[] traces = NotEmpty(ElfFiles.Classify(release.Library, release.Prefix));

        Assert.All(traces, trace => Assert.True(trace is { Kind: ElfTraceKind.Piece, IsLive: true, LengthBytes: 8, Reason: not null, CanGrow: false }));
    }

    [Fact]
    public void Classify_PathThatWasAppended_IsLiveAndStays()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        Toolchain.Compile("gcc", release.Program, "int main(void) { return 0; }");
        File.AppendAllText(release.Program, $"archive of {release.Prefix}");

        Assert.True(Assert.Single(ElfFiles.Classify(release.Program, release.Prefix)) is { Kind: ElfTraceKind.Other, IsLive: true, CanGrow: false, Reason: not null });
    }

    [Fact]
    public void Classify_CompressedDebugInformation_IsLeftAlone()
    {
        Toolchain.Require("gcc", "objcopy");
        using var release = new ElfRelease();
        Toolchain.Compile("gcc", release.Library, "int one(void) { return 1; }", "-g", "-gz=zlib", "-shared", "-fPIC");
        byte[] content = File.ReadAllBytes(release.Library);
        // A path that zlib left as it was: in real files incompressible, here written over a section.
        string section = Toolchain.Run("readelf", "-SW", release.Library).Split('\n').First(line => line.Contains(".debug_info", StringComparison.Ordinal) && line.Contains(" C ", StringComparison.Ordinal));
        string[] words = section[(section.IndexOf(']', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int offset = Convert.ToInt32(words[3], 16);
        Encoding.ASCII.GetBytes($"/{ElfRelease.Name}").CopyTo(content, offset + 24);
        File.WriteAllBytes(release.Library, content);

        Assert.True(Assert.Single(ElfFiles.Classify(release.Library, $"/{ElfRelease.Name}")) is { IsLive: false, Reason: not null });
    }

    private static ElfTrace[] NotEmpty(ElfTrace[] traces)
    {
        Assert.NotEmpty(traces);
        return traces;
    }

    private static int IndexOfEntry(byte[] content, byte tag)
    {
        long offset = BitConverter.ToInt64(content, 32);
        for (int i = 0; i < content[56]; i++, offset += 56)
        {
            if (content[offset] == 2)
            {
                int at = (int)BitConverter.ToInt64(content, (int)offset + 8);
                while (content[at] != tag)
                    at += 16;
                return at;
            }
        }

        throw new InvalidOperationException("no dynamic section");
    }
}
