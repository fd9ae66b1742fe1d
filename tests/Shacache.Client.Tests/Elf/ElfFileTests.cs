using Shacache.Client.Elf;
using Shacache.Client.Elf.Format;
using Shacache.Testing;

namespace Shacache.Client.Tests.Elf;

public sealed class ElfFileTests
{
    private const string Library = "int library(void) { return 1; }";

    public static TheoryData<MachineProgram> Machines => MachineProgram.All;

    [Theory]
    [MemberData(nameof(Machines))]
    public void Read_ProgramOfEachMachine_IsUnderstood(MachineProgram program)
    {
        ElfFile file = ElfFiles.Read(program.Path);

        Assert.True(program.Is(file), file.ToString());
        Assert.Equal($"{MachineProgram.Prefix}/lib:{MachineProgram.Prefix}/lib/more", file.RunPath);
        Assert.All(file.VersionNeeds, need => Assert.True(need.Library == "libc.so.6" && need.Version.StartsWith("GLIBC_2.", StringComparison.Ordinal)));
        Assert.NotEmpty(file.VersionNeeds);
        Assert.NotNull(file.Kernel);
    }

    [Fact]
    public void Read_VersionScript_ProvidedVersionsAreNamed()
    {
        Toolchain.Require("gcc");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["map"], "ONE_1.0 { global: library; }; ONE_1.1 { global: later; } ONE_1.0;");
        Toolchain.Compile("gcc", folder["libone.so"], $"{Library} int later(void) {{ return 2; }}", "-shared", "-fPIC", "-Wl,-soname,libone.so.1", $"-Wl,--version-script={folder["map"]}");
        Toolchain.Compile("gcc", folder["program"], "int later(void); int main(void) { return later(); }", folder["libone.so"]);

        Assert.Equal(["ONE_1.0", "ONE_1.1"], ElfFiles.Read(folder["libone.so"]).ProvidedVersions);
        Assert.Contains(new ElfVersionNeed("libone.so.1", "ONE_1.1", false), ElfFiles.Read(folder["program"]).VersionNeeds);
    }

    [Theory]
    [InlineData("-Wl,--disable-new-dtags", false)]
    [InlineData("-Wl,--enable-new-dtags", true)]
    public void Read_RunPathOfEachKind_IsToldApart(string option, bool isRunPath)
    {
        Toolchain.Require("gcc");
        using var folder = new TemporaryFolder();
        Toolchain.Compile("gcc", folder["libone.so"], Library, "-shared", "-fPIC", "-Wl,-rpath,$ORIGIN/../lib", option);

        ElfFile library = ElfFiles.Read(folder["libone.so"]);

        Assert.Equal("$ORIGIN/../lib", library.RunPath);
        Assert.Equal(isRunPath, library.IsRunPath);
    }

    [Theory]
    [InlineData("x86-64-v2", 2)]
    [InlineData("x86-64-v3", 3)]
    public void Read_NoteOfProcessorLevel_IsReported(string option, int level)
    {
        Toolchain.Require("gcc");
        using var folder = new TemporaryFolder();
        Toolchain.Compile("gcc", folder["libone.so"], Library, "-shared", "-fPIC", $"-Wl,-z,{option}");

        Assert.Equal(level, ElfFiles.Read(folder["libone.so"]).IsaLevel);
    }

    [Fact]
    public void Read_NoSectionHeaders_SaysTheSame()
    {
        Toolchain.Require("gcc");
        using var folder = new TemporaryFolder();
        Toolchain.Compile("gcc", folder["program"], "int main(void) { return 0; }", "-Wl,-rpath,/a/lib");
        ElfFile whole = ElfFiles.Read(folder["program"]);
        byte[] content = File.ReadAllBytes(folder["program"]);
        // e_shoff; e_shnum and e_shstrndx.
        content.AsSpan(40, 8).Clear();
        content.AsSpan(60, 4).Clear();
        File.WriteAllBytes(folder["program"], content);

        ElfFile stripped = ElfFiles.Read(folder["program"]);

        Assert.Equal((whole.Interpreter, whole.RunPath, whole.Kernel), (stripped.Interpreter, stripped.RunPath, stripped.Kernel));
        Assert.Equal(whole.Needed, stripped.Needed);
        Assert.Equal(whole.VersionNeeds, stripped.VersionNeeds);
        Assert.NotNull(whole.Kernel);
    }

    /// <summary>Tools that append segments let tables go on from one into the next.</summary>
    [Fact]
    public void Read_TablesThatLieInTwoSegments_AreReadWhole()
    {
        using var folder = new TemporaryFolder();
        MachineProgram program = MachineProgram.All.Single(row => row.Data.Name == "aarch64").Data;
        byte[] content = File.ReadAllBytes(program.Path);
        int[] rows = [.. Enumerable.Range(0, content[56]).Select(i => 64 + (i * 56))];
        int load = rows.First(row => content[row] == 1);
        int note = rows.First(row => content[row] == 4);
        int strings = content.AsSpan().IndexOf("root-of-a-builder"u8);
        content.AsSpan(load, 56).CopyTo(content.AsSpan(note));
        // Offset, address and physical address begin where the first one is cut off; both lengths are the rest.
        foreach (int word in new[] { 8, 16, 24 })
            BitConverter.TryWriteBytes(content.AsSpan(note + word), (long)strings);
        foreach (int word in new[] { 32, 40 })
        {
            BitConverter.TryWriteBytes(content.AsSpan(note + word), BitConverter.ToInt64(content, load + word) - strings);
            BitConverter.TryWriteBytes(content.AsSpan(load + word), (long)strings);
        }

        File.WriteAllBytes(folder["program"], content);

        Assert.True(program.Is(ElfFiles.Read(folder["program"])));
        Assert.Equal(2, ElfFiles.Classify(folder["program"], MachineProgram.Prefix).Count(trace => trace is { Kind: ElfTraceKind.RunPath, Reason: null }));
        // With a hole between the two the table is not there.
        BitConverter.TryWriteBytes(content.AsSpan(note + 16), strings + 1L);
        File.WriteAllBytes(folder["program"], content);
        Assert.Throws<ElfFormatException>(() => ElfFiles.Read(folder["program"]));
    }

    [Fact]
    public void Read_WhatIsNotLinked_HasNoDynamicSection()
    {
        Toolchain.Require("gcc", "objcopy");
        using var folder = new TemporaryFolder();
        Toolchain.Compile("gcc", folder["static"], "int main(void) { return 0; }", "-static");
        Toolchain.Compile("gcc", folder["one.o"], Library, "-c");
        Toolchain.Compile("gcc", folder["libone.so"], Library, "-g", "-shared", "-fPIC");
        Toolchain.Run("objcopy", "--only-keep-debug", folder["libone.so"], folder["libone.debug"]);

        Assert.False(ElfFiles.Read(folder["static"]).IsDynamic);
        Assert.Equal(ElfType.Relocatable, ElfFiles.Read(folder["one.o"]).Type);
        Assert.True(ElfFiles.Read(folder["libone.debug"]) is { IsDebugOnly: true, IsDynamic: false });
        Assert.True(ElfFiles.Read(folder["libone.so"]) is { IsDebugOnly: false, IsDynamic: true });
    }

    [Fact]
    public void Read_FileThatIsCutOff_IsRefusedOrUnderstood()
    {
        Toolchain.Require("gcc");
        using var folder = new TemporaryFolder();
        Toolchain.Compile("gcc", folder["program"], "int main(void) { return 0; }");
        byte[] content = File.ReadAllBytes(folder["program"]);
        for (int length = 0; length < content.Length; length += length < 1024 ? 1 : 97)
        {
            File.WriteAllBytes(folder["cut"], content[..length]);
            Assert.Throws<ElfFormatException>(() => ElfFiles.Read(folder["cut"]));
        }
    }

    /// <summary>Every ELF file of this machine's programs and libraries is read, and what readelf says of a share of them is the same.</summary>
    [Fact]
    public void Read_FilesOfThisMachine_AreAllUnderstood()
    {
        Toolchain.Require("readelf");
        int count = 0;
        byte[] start = new byte[4];
        foreach (string path in FilesBelow("/usr/bin").Concat(FilesBelow("/usr/lib/x86_64-linux-gnu")))
        {
            using var handle = File.OpenHandle(path);
            if (RandomAccess.Read(handle, start, 0) < 4 || !ElfFile.IsElf(start))
                continue;
            ElfFile file = ElfFile.Read(handle, RandomAccess.GetLength(handle));
            if (count++ % 40 == 0 && file.IsDynamic)
                CompareWithReadelf(path, file);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} files");
        Assert.True(count > 50, $"{count} ELF files are fewer than this machine can have");
    }

    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Order(StringComparer.Ordinal);

    private static void CompareWithReadelf(string path, ElfFile file)
    {
        string[] lines = Toolchain.Run("readelf", "-dVW", path).Split('\n');
        string[] Named(string tag) => [.. lines.Where(line => line.Contains($"({tag})", StringComparison.Ordinal)).Select(line => line[(line.IndexOf('[', StringComparison.Ordinal) + 1)..line.LastIndexOf(']')])];
        Assert.Equal(Named("NEEDED"), file.Needed);
        Assert.Equal(Named("SONAME").LastOrDefault(), file.Soname);
        Assert.Equal(Named("RUNPATH").LastOrDefault() ?? Named("RPATH").LastOrDefault(), file.RunPath);
        int needs = Array.FindIndex(lines, line => line.StartsWith("Version needs section", StringComparison.Ordinal));
        string[] needed = needs < 0 ? [] : [.. from line in lines[needs..] let at = line.IndexOf("Name: ", StringComparison.Ordinal) where at >= 0 select line[(at + 6)..].Split(' ')[0]];
        Assert.Equal(needed, file.VersionNeeds.Select(need => need.Version));
    }
}
