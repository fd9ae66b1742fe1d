using System.Text;
using Shacache.Client.Elf;

namespace Shacache.Client.Tests.Elf;

/// <summary>Programs are moved and run where the loader runs them; those of other machines are read again.</summary>
public sealed class ElfRewriterTests
{
    public static TheoryData<string, string> Compilers => Toolchain.Compilers;

    [Theory]
    [InlineData(60)]
    [InlineData(52)]
    [InlineData(40)]
    public void Move_RootThatIsNotLonger_ProgramRunsAndTheWayBackIsExact(int rootBytes)
    {
        Toolchain.Require("gcc");
        using var release = new SampleRelease();
        release.Build("gcc", "-g");
        byte[][] before = [File.ReadAllBytes(release.Program), File.ReadAllBytes(release.Library)];
        string old = release.Prefix;

        release.Move(rootBytes, release.Program, release.Library);

        Assert.Contains($"{release.Prefix}/share", Toolchain.Run(release.Program), StringComparison.Ordinal);
        Assert.DoesNotContain(release.Prefix == old ? "\n\n" : old, Toolchain.Run("strings", "-a", release.Program), StringComparison.Ordinal);
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
        using var release = new SampleRelease();
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
        using var release = new SampleRelease();
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
        using var release = new SampleRelease();
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
        using var release = new SampleRelease();
        string symbol = $"{SampleRelease.Name}/lib";
        string declared = $"const char *text(void) __asm__(\"\\\"{symbol}\\\"\");";
        Toolchain.Compile("gcc", release.Library, $"{declared} const char *text(void) {{ return \"found\"; }}", "-shared", "-fPIC", "-Wl,-soname,libsample.so", $"-Wl,-rpath,{release.Prefix}/lib");
        Toolchain.Compile("gcc", release.Program, declared + Toolchain.Caller, $"-L{release.Prefix}/lib", "-lsample", $"-Wl,-rpath,{release.Prefix}/lib");

        // A shorter root, too, needs a new table here.
        release.Move(41, release.Program, release.Library);
        Assert.Equal("found\n", Toolchain.Run(release.Program));
        Assert.Equal($"{release.Prefix}/lib", ElfFiles.Read(release.Library).RunPath);
        Assert.Contains(symbol, Toolchain.Run("readelf", "--dyn-syms", "-W", release.Library), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Compilers))]
    public void Move_ProgramOfEachMachine_IsStillInOrder(string compiler, string interpreter)
    {
        Toolchain.Require(compiler, "eu-elflint", "readelf");
        using var release = new SampleRelease();
        release.Build(compiler);
        ElfFile before = ElfFiles.Read(release.Program);
        string symbols = Toolchain.Run("readelf", "--dyn-syms", "-W", release.Program);
        string lint = Toolchain.TryRun("eu-elflint", "--gnu-ld", release.Program).Output;

        release.Move(170, release.Program);

        ElfFile after = ElfFiles.Read(release.Program);
        Assert.Equal($"{release.Prefix}/lib", after.RunPath);
        Assert.Equal(interpreter, after.Interpreter);
        Assert.Equal(before.Needed, after.Needed);
        Assert.Equal(before.VersionNeeds, after.VersionNeeds);
        Assert.Equal(symbols, Toolchain.Run("readelf", "--dyn-syms", "-W", release.Program));
        (_, string output) = Toolchain.TryRun("readelf", "-aW", release.Program);
        Assert.DoesNotContain("Warning", output, StringComparison.Ordinal);
        string[] complaints = [.. Toolchain.TryRun("eu-elflint", "--gnu-ld", release.Program).Output.Split('\n').Except(lint.Split('\n'))];
        Assert.True(complaints.Length == 0, string.Join('\n', complaints));
    }

    [Fact]
    public void Move_BytesThatAreNotWhatWasFound_ChangesNothing()
    {
        Toolchain.Require("gcc");
        using var release = new SampleRelease();
        release.Build("gcc");
        ElfTrace[] traces = ElfFiles.Classify(release.Program, release.Prefix);
        byte[] before = File.ReadAllBytes(release.Program);
        using var handle = File.OpenHandle(release.Program, FileMode.Open, FileAccess.ReadWrite);

        foreach (ElfTrace wrong in new[] { traces[0] with { Offset = traces[0].Offset + 1 }, traces[0] with { Offset = before.Length }, traces[0] with { LengthBytes = 3 } })
        {
            Assert.Throws<ElfNotRelocatableException>(() => ElfRewriter.Move(handle, before.Length, Encoding.ASCII.GetBytes(release.PrefixOf(45)), [wrong]));
        }

        Assert.Equal(before, File.ReadAllBytes(release.Program));
    }
}
