using Shacache.Client.Elf.Loading;

namespace Shacache.Client.Tests.Elf;

/// <summary>What is found is what the loader of this machine finds.</summary>
public sealed class LoaderLookupTests
{
    [Theory]
    [InlineData("-Wl,-rpath,PREFIX/lib")]
    [InlineData("-Wl,-rpath,PREFIX/lib", "-Wl,--disable-new-dtags")]
    [InlineData("-Wl,-rpath,$ORIGIN/../lib")]
    [InlineData("-Wl,-rpath,${ORIGIN}/../lib:/nowhere")]
    [InlineData("-Wl,-rpath,/nowhere:PREFIX//bin/../lib/")]
    public void Resolve_ProgramWithRunPath_FindsWhatTheLoaderFinds(params string[] options)
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.BuildFrom("lib", ["-Wl,-rpath,$ORIGIN"], [.. options.Select(option => option.Replace("PREFIX", release.Prefix, StringComparison.Ordinal))]);

        IReadOnlyList<LibraryFinding> findings = CompareWithLoader(release);

        Assert.Single(findings, finding => finding is { File: "bin/program", Soname: "libsample.so", Place: LibraryPlace.Inside, MissingVersions: [] });
        Assert.Contains(findings, finding => finding is { File: "bin/program", Soname: "libc.so.6", Place: LibraryPlace.Outside, MissingVersions: [] });
        Assert.Contains(findings, finding => finding is { File: "lib/libsample.so", Soname: "libinner.so", Place: LibraryPlace.Inside });
    }

    /// <summary>The library has no run path; it inherits the program's when that is DT_RPATH, and not when it is DT_RUNPATH.</summary>
    [Theory]
    [InlineData("-Wl,--disable-new-dtags", LibraryPlace.Inside)]
    [InlineData("-Wl,--enable-new-dtags", LibraryPlace.Missing)]
    public void Resolve_LibraryWithoutRunPath_InheritsAsTheLoaderSays(string option, object place)
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.BuildFrom("other", [], [$"-Wl,-rpath,{release.Prefix}/lib:{release.Prefix}/other", option]);

        IReadOnlyList<LibraryFinding> findings = CompareWithLoader(release);

        Assert.Equal(place, Assert.Single(findings, finding => finding is { File: "lib/libsample.so", Soname: "libinner.so" }).Place);
    }

    /// <summary>DT_RUNPATH is not inherited, but what the program needs itself was loaded before.</summary>
    [Fact]
    public void Resolve_LibraryThatTheProgramLoadedBefore_IsFound()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.BuildFrom("lib", [], [$"-Wl,-rpath,{release.Prefix}/lib", "-Wl,--no-as-needed", "-linner"]);

        Assert.All(CompareWithLoader(release).Where(finding => finding.Soname == "libinner.so"), finding => Assert.Equal(LibraryPlace.Inside, finding.Place));
    }

    [Fact]
    public void Resolve_LibraryWithoutTheVersion_IsNamed()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        File.WriteAllText(release.PathOf("map"), "SAMPLE_1 { global: *; }; SAMPLE_2 { } SAMPLE_1;");
        release.BuildFrom("lib", [$"-Wl,--version-script={release.PathOf("map")}"], [$"-Wl,-rpath,{release.Prefix}/lib"]);
        File.WriteAllText(release.PathOf("map"), "OTHER_1 { global: *; };");
        using var other = new ElfRelease();
        other.BuildFrom("lib", [$"-Wl,--version-script={release.PathOf("map")}"], [$"-Wl,-rpath,{other.Prefix}/lib"]);
        File.Copy(other.Library, release.Library, overwrite: true);

        LibraryFinding finding = Assert.Single(LoaderLookup.Resolve(new FolderTree(release.Prefix), MachineLibraries.OfThisMachine()), found => found.Soname == "libsample.so");

        Assert.Equal(["SAMPLE_1"], finding.MissingVersions);
        Assert.NotEqual(0, Toolchain.TryRun(release.Program).ExitCode);
    }

    /// <summary>Programs of this machine, by the cache and the default folders alone.</summary>
    [Fact]
    public void Find_LibrariesOfThisMachine_AreThoseThatTheLoaderTakes()
    {
        Toolchain.Require("gcc");
        var machine = MachineLibraries.OfThisMachine();
        int compared = 0;
        foreach (string program in new[] { "/bin/sh", "/usr/bin/gcc", "/usr/bin/dpkg", "/usr/bin/perl", "/usr/bin/readelf", "/usr/bin/openssl", "/usr/bin/python3", "/usr/bin/curl" }.Where(File.Exists))
        {
            Dictionary<string, string> loaded = ListLoaded(program);
            foreach (string soname in ElfFiles.Read(program).Needed.Where(loaded.ContainsKey))
            {
                MachineLibrary? found = machine.Find(soname, ElfFiles.Read(program));
                Assert.Equal(loaded[soname], found?.Path);
                compared++;
            }
        }

        Assert.True(compared > 8, $"only {compared} libraries were compared");
    }

    [Fact]
    public void Find_LibraryOfAnotherMachine_IsPassedOver()
    {
        Toolchain.Require("gcc");
        using var release = new ElfRelease();
        release.BuildFrom("lib", [], [$"-Wl,-rpath,{release.Prefix}/bin:{release.Prefix}/lib"]);
        File.Copy(MachineProgram.All.First().Data.Path, Path.Combine(release.Prefix, "bin/libsample.so"));

        Assert.Single(CompareWithLoader(release), finding => finding is { File: "bin/program", Soname: "libsample.so", Place: LibraryPlace.Inside, FoundPath: { } path } && path == release.Library);
    }

    private static IReadOnlyList<LibraryFinding> CompareWithLoader(ElfRelease release)
    {
        IReadOnlyList<LibraryFinding> findings = LoaderLookup.Resolve(new FolderTree(release.Prefix), MachineLibraries.OfThisMachine());
        Dictionary<string, string> loaded = ListLoaded(release.Program);
        foreach (LibraryFinding finding in findings.Where(finding => finding.File is "bin/program" or "lib/libsample.so"))
            Assert.Equal(loaded.GetValueOrDefault(finding.Soname), finding.FoundPath);
        return findings;
    }

    /// <summary>What the loader itself says, without running the program.</summary>
    private static Dictionary<string, string> ListLoaded(string program) =>
        (from line in Toolchain.TryRun("env", "LD_TRACE_LOADED_OBJECTS=1", program).Output.Split('\n')
         let words = line.Trim().Split(' ')
         where words is [_, "=>", not "not", ..]
         select words).ToDictionary(words => words[0], words => Path.GetFullPath(words[2]));
}
