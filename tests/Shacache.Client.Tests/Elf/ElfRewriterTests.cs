using System.Text;
using Shacache.Client.Elf;
using Shacache.Testing;

namespace Shacache.Client.Tests.Elf;

/// <summary>Programs are moved and run where the loader runs them; those of other machines are read again.</summary>
public sealed class ElfRewriterTests
{
    public static TheoryData<MachineProgram> Machines => MachineProgram.All;

    [Theory]
    [InlineData(59)]
    [InlineData(52)]
    [InlineData(40)]
    public void Move_RootThatIsNotLonger_ProgramRunsAndTheWayBackIsExact(int rootBytes)
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.Build("gcc", "-g");
        byte[][] before = [File.ReadAllBytes(release.Program), File.ReadAllBytes(release.Library)];
        string old = $"{release.Prefix}/";

        release.Move(rootBytes, release.Program, release.Library);

        Assert.Contains($"{release.Prefix}/share", Toolchain.Run(release.Program), StringComparison.Ordinal);
        Assert.DoesNotContain(old, Toolchain.Run("strings", "-a", release.Program), StringComparison.Ordinal);
        release.Move(60, release.Program, release.Library);
        Assert.Equal(before, [File.ReadAllBytes(release.Program), File.ReadAllBytes(release.Library)]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-no-pie")]
    [InlineData("-Wl,-z,noseparate-code")]
    [InlineData("-Wl,-z,max-page-size=0x200000")]
    [InlineData("-Wl,--disable-new-dtags")]
    [InlineData("-Wl,--hash-style=gnu")]
    [InlineData("-Wl,-z,relro,-z,now")]
    [InlineData("-Wl,--build-id=none")]
    [InlineData("-s")]
    public void Move_LongerRoot_ProgramRuns(string option)
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.Build("gcc", option is "" ? [] : [.. option.Split(' ')]);

        release.Move(150, release.Program);

        Assert.Contains("/share", Toolchain.Run(release.Program), StringComparison.Ordinal);
        Assert.Contains($"{release.Prefix}/lib/libsample.so", Toolchain.Run("/lib64/ld-linux-x86-64.so.2", "--list", release.Program), StringComparison.Ordinal);
        Assert.Equal($"{release.Prefix}/lib", ElfFiles.Read(release.Program).RunPath);
        Assert.DoesNotContain(new string('r', 20) + '/', Encoding.Latin1.GetString(File.ReadAllBytes(release.Program)).Replace(release.Prefix, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-no-pie")]
    public void Move_LongerInterpreter_KernelAndLoaderTakeIt(string option)
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        Directory.CreateDirectory(Path.Combine(release.Prefix, "lib"));
        File.Copy("/lib64/ld-linux-x86-64.so.2", Path.Combine(release.Prefix, "lib/ld.so"));
        release.Build("gcc", [$"-Wl,--dynamic-linker={release.Prefix}/lib/ld.so", .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        release.Move(151, release.Program);

        Assert.Contains("/share", Toolchain.Run(release.Program), StringComparison.Ordinal);
        Assert.Equal($"{release.Prefix}/lib/ld.so", ElfFiles.Read(release.Program).Interpreter);
    }

    /// <summary>Each time a header is given up; when none is left the file is refused and stays as it is.</summary>
    [Fact]
    public void Move_LongerAgainAndAgain_EndsWithARefusalThatChangesNothing()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.Build("gcc");
        int moves = 0;
        for (int root = 70; ; root += 10, moves++)
        {
            byte[] before = File.ReadAllBytes(release.Program);
            ElfNotRelocatableException? refusal = null;
            try
            {
                release.Move(root, release.Program);
            }
            catch (ElfNotRelocatableException e)
            {
                refusal = e;
            }

            if (refusal is not null)
            {
                Assert.Contains("fit", refusal.Message, StringComparison.Ordinal);
                Assert.Equal(before, File.ReadAllBytes(release.Program));
                break;
            }

            Assert.Contains("/share", Toolchain.Run(release.Program), StringComparison.Ordinal);
        }

        Assert.InRange(moves, 2, 3);
    }

    [Fact]
    public void Move_SymbolsThatShareTheTail_AreFoundAfterwards()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        string symbol = $"{ElfRelease.Name}/lib";
        string declared = $"const char *text(void) __asm__(\"\\\"{symbol}\\\"\");";
        Toolchain.Compile("gcc", release.Library, $"{declared}\nconst char *text(void) {{ return \"found\"; }}", "-shared", "-fPIC", "-Wl,-soname,libsample.so", $"-Wl,-rpath,{release.Prefix}/lib");
        Toolchain.Compile("gcc", release.Program, $"{declared}\n{Toolchain.Caller}", $"-L{release.Prefix}/lib", "-lsample", $"-Wl,-rpath,{release.Prefix}/lib");

        // A shorter root, too, needs a new table here.
        release.Move(41, release.Program, release.Library);
        Assert.Equal("found\n", Toolchain.Run(release.Program));
        Assert.Equal($"{release.Prefix}/lib", ElfFiles.Read(release.Library).RunPath);
        Assert.Contains(symbol, Toolchain.Run("readelf", "--dyn-syms", "-W", release.Library), StringComparison.Ordinal);
    }

    /// <summary>With and without section headers: the loader does not need them.</summary>
    [Theory]
    [MemberData(nameof(Machines))]
    public void Move_ProgramOfEachMachine_IsStillInOrder(MachineProgram program)
    {
        Toolchain.Require("eu-elflint", "readelf");
        using var folder = new TemporaryFolder();
        File.Copy(program.Path, folder["program"]);
        string symbols = Toolchain.Run("readelf", "--dyn-syms", "-W", folder["program"]);
        string[] known = Toolchain.TryRun("eu-elflint", "--gnu-ld", folder["program"]).Output.Split('\n');
        ElfFile before = ElfFiles.Read(folder["program"]);
        string target = $"/{new string('n', 170)}/{ElfRelease.Name}";

        ElfFiles.Move(folder["program"], MachineProgram.Prefix, target);

        ElfFile after = ElfFiles.Read(folder["program"]);
        Assert.True(program.Is(after), after.ToString());
        Assert.Equal($"{target}/lib:{target}/lib/more", after.RunPath);
        Assert.Equal(before.VersionNeeds, after.VersionNeeds);
        Assert.Equal(symbols, Toolchain.Run("readelf", "--dyn-syms", "-W", folder["program"]));
        Assert.DoesNotContain("Warning", Toolchain.Run("readelf", "-aW", folder["program"]), StringComparison.Ordinal);
        Assert.Equal(known, Toolchain.TryRun("eu-elflint", "--gnu-ld", folder["program"]).Output.Split('\n'));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Move_ShorterAndBack_IsExact(MachineProgram program)
    {
        using var folder = new TemporaryFolder();
        File.Copy(program.Path, folder["program"]);

        ElfFiles.Move(folder["program"], MachineProgram.Prefix, $"/n/{ElfRelease.Name}");
        string room = new('/', MachineProgram.Prefix.Length - ElfRelease.Name.Length - 3);
        Assert.Equal($"{room}/n/{ElfRelease.Name}/lib:{room}/n/{ElfRelease.Name}/lib/more", ElfFiles.Read(folder["program"]).RunPath);
        ElfFiles.Move(folder["program"], $"/n/{ElfRelease.Name}", MachineProgram.Prefix);

        Assert.Equal(File.ReadAllBytes(program.Path), File.ReadAllBytes(folder["program"]));
    }

    /// <summary>A library without a name of its own is needed by its path, which has the room of slashes and cannot grow.</summary>
    [Fact]
    public void Move_LibraryThatIsNeededByItsPath_IsFoundAtAShorterRoot()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        Toolchain.Compile("gcc", release.Library, "const char *text(void) { return \"found\"; }", "-shared", "-fPIC");
        Toolchain.Compile("gcc", release.Program, Toolchain.Caller, release.Library);
        Assert.Contains(release.Library, ElfFiles.Read(release.Program).Needed);
        Assert.Throws<ElfNotRelocatableException>(() => ElfFiles.Move(release.Program, release.Prefix, release.PrefixOf(61)));

        release.Move(50, release.Program, release.Library);

        Assert.Equal("found\n", Toolchain.Run(release.Program));
    }

    /// <summary>Without a header that can be given up a path cannot grow, and this is known before anything is installed.</summary>
    [Fact]
    public void Move_NoNotes_OnlyFitsWhereThereIsRoom()
    {
        using var folder = new TemporaryFolder();
        byte[] content = File.ReadAllBytes(MachineProgram.All.Single(row => row.Data.Name == "aarch64").Data.Path);
        for (int row = 64; row < 64 + (content[56] * 56); row += 56)
            BitConverter.TryWriteBytes(content.AsSpan(row), content[row] == 4 ? 0x60000001 : BitConverter.ToInt32(content, row));
        File.WriteAllBytes(folder["program"], content);

        Assert.All(ElfFiles.Classify(folder["program"], MachineProgram.Prefix), trace => Assert.True(trace is { IsLive: true, CanGrow: false, Reason: null }));
        Assert.Throws<ElfNotRelocatableException>(() => ElfFiles.Move(folder["program"], MachineProgram.Prefix, $"/{new string('n', 60)}/{ElfRelease.Name}"));
        Assert.Equal(content, File.ReadAllBytes(folder["program"]));
        ElfFiles.Move(folder["program"], MachineProgram.Prefix, $"/n/{ElfRelease.Name}");
        Assert.EndsWith($"//n/{ElfRelease.Name}/lib/more", ElfFiles.Read(folder["program"]).RunPath, StringComparison.Ordinal);
    }

    [Fact]
    public void Move_BytesThatAreNotWhatWasFound_ChangesNothing()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.Build("gcc");
        ElfTrace[] traces = ElfFiles.Classify(release.Program, release.Prefix);
        byte[] before = File.ReadAllBytes(release.Program);
        using var handle = File.OpenHandle(release.Program, FileMode.Open, FileAccess.ReadWrite);

        foreach (ElfTrace wrong in new[] { traces[0] with { Reason = "no", CanGrow = false }, traces[0] with { Offset = traces[0].Offset + 1 }, traces[0] with { Offset = before.Length }, traces[0] with { LengthBytes = 3 } })
        {
            Assert.Throws<ElfNotRelocatableException>(() => ElfRewriter.Move(handle, before.Length, Encoding.ASCII.GetBytes(release.PrefixOf(45)), [wrong]));
        }

        Assert.Equal(before, File.ReadAllBytes(release.Program));
    }
}
