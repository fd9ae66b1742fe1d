using Shacache.Client.Elf;
using Shacache.Client.Elf.Loading;
using Shacache.Testing;

namespace Shacache.Client.Tests.Elf;

public sealed class MachineLibrariesTests
{
    [Theory]
    [InlineData("new")]
    [InlineData("compat")]
    [InlineData("old")]
    public void Read_CacheOfEachFormat_HasWhatLdconfigPrints(string format)
    {
        Toolchain.Require("/sbin/ldconfig");
        using var folder = new TemporaryFolder();
        Toolchain.Run("/sbin/ldconfig", "-X", "-c", format, "-C", folder["cache"]);
        ILookup<string, string> printed = (from line in Toolchain.Run("/sbin/ldconfig", "-p", "-C", folder["cache"]).Split('\n')
                                           let words = line.Trim().Split(' ')
                                           where line.Contains(" => ", StringComparison.Ordinal)
                                           select (words[0], words[^1])).ToLookup(pair => pair.Item1, pair => pair.Item2);
        Assert.NotEmpty(printed);

        var cache = LdSoCache.Read(folder["cache"]);

        // libc5's format alone has no libraries that programs of today look for.
        Assert.All(printed, paths => Assert.Equal(format == "old" ? [] : paths, cache.Find(paths.Key)));
    }

    [Fact]
    public void Parse_CacheOfAnyContent_IsReadAsFarAsItGoes()
    {
        Toolchain.Require("/sbin/ldconfig");
        using var folder = new TemporaryFolder();
        Toolchain.Run("/sbin/ldconfig", "-X", "-c", "compat", "-C", folder["cache"]);
        byte[] content = File.ReadAllBytes(folder["cache"]);
        var random = new Random(1);
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = content[..random.Next(content.Length + 1)];
            for (int i = 0; i < 20 && damaged.Length > 0; i++)
                damaged[random.Next(Math.Min(damaged.Length, i % 2 == 0 ? 64 : damaged.Length))] = (byte)random.Next(256);
            LdSoCache.Parse(damaged);
        }
    }

    [Fact]
    public void OfThisMachine_Debian_HasTheVersionThatTheLoaderSays()
    {
        Toolchain.Require("ldd");
        string version = Toolchain.Run("ldd", "--version").Split('\n')[0].Split(' ')[^1];

        var machine = MachineLibraries.OfThisMachine();

        Assert.Equal(LibcKind.Glibc, machine.Libc);
        Assert.Equal(version, machine.LibcVersion);
    }

    /// <summary>The loader lists the levels that it looks for libraries of.</summary>
    [Fact]
    public void IsaLevel_ThisProcessor_IsWhatTheLoaderSays()
    {
        Toolchain.Require("/lib64/ld-linux-x86-64.so.2");
        int[] levels = [.. from line in Toolchain.Run("/lib64/ld-linux-x86-64.so.2", "--help").Split('\n')
                           let at = line.IndexOf("x86-64-v", StringComparison.Ordinal)
                           where at >= 0 && line.Contains("(supported", StringComparison.Ordinal)
                           select line[at + 8] - '0'];

        Assert.Equal(levels.Append(1).Max(), ProcessorLevel.OfThisMachine);
    }

    [Theory]
    [InlineData("/bin/sh", true)]
    [InlineData("/usr/bin/env", true)]
    [InlineData("/usr/bin", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("/nowhere/sh", false)]
    [InlineData("sh", false)]
    [InlineData("", false)]
    public void Exists_Interpreter_IsAFileThatMayBeExecuted(string path, bool exists) =>
        Assert.Equal(exists, MachineLibraries.OfThisMachine().Exists(path));

    /// <summary>musl has neither a cache nor symbol versions, answers the names of its parts by itself, and reads its folders from a file.</summary>
    [Fact]
    public void Find_MachineWithMusl_FollowsItsRules()
    {
        Toolchain.Require("gcc");
        using var folder = new TemporaryFolder();
        string[] options = ["-shared", "-fPIC", "-nostdlib"];
        Toolchain.Compile("gcc", folder["lib/ld-musl-x86_64.so.1"], "int c(void) { return 1; }", options);
        Toolchain.Compile("gcc", folder["lib/libone.so"], "int one(void) { return 1; }", options);
        Toolchain.Compile("gcc", folder["opt/libtwo.so"], "int two(void) { return 2; }", options);
        ElfFile file = ElfFiles.Read(folder["lib/libone.so"]);
        var machine = new MachineLibraries(folder.Path, 0);

        Assert.Equal((LibcKind.Musl, null), (machine.Libc, machine.LibcVersion));
        Assert.Equal("/lib/ld-musl-x86_64.so.1", machine.Find("libc.musl-x86_64.so.1", file)?.Path);
        Assert.Equal("/lib/libone.so", machine.Find("libone.so", file)?.Path);
        Assert.Null(machine.Find("libtwo.so", file));

        Directory.CreateDirectory(folder["etc"]);
        File.WriteAllText(folder["etc/ld-musl-x86_64.path"], "/opt\n");
        machine = new MachineLibraries(folder.Path, 0);
        Assert.Equal("/opt/libtwo.so", machine.Find("libtwo.so", file)?.Path);
        Assert.Null(machine.Find("libone.so", file));
    }
}
