using Shacache.Client.Archives;
using Shacache.Client.Elf.Loading;
using Shacache.Client.Relocation.Documents;
using Shacache.Client.Relocation.Matching;
using Shacache.Client.Relocation.Reports;
using Shacache.Client.Relocation.Scanning;
using Shacache.Client.Tests.Archives;
using Shacache.Core.Platforms;

namespace Shacache.Client.Tests.Relocation;

/// <summary>Requirements of a real release against this machine, which built it, and against such as lack something.</summary>
public sealed class MachineMatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FindMismatches_OneRequirementThatIsNotMet_IsNamedWithItsFile()
    {
        ReleaseRequirements needs = await ScanAsync();
        var here = new MachineMatch(PlatformDetection.Detect(), MachineLibraries.OfThisMachine());
        RequiredMachine machine = needs.Machines[0];

        Assert.Empty(here.FindMismatches(needs));
        Assert.Equal(
            ["lib/a.so needs libnone.so.7, which this machine does not have"],
            here.FindMismatches(needs with { Libraries = [.. needs.Libraries, new RequiredItem("libnone.so.7", "lib/a.so")] }));
        string mismatch = Assert.Single(here.FindMismatches(needs with { Versions = [.. needs.Versions, new RequiredVersion("libc.so.6", "GLIBC_9.99", "bin/a", Weak: false)] }));
        Assert.StartsWith("bin/a needs GLIBC_9.99 of libc.so.6, which /", mismatch, StringComparison.Ordinal);
        Assert.Empty(here.FindMismatches(needs with { Versions = [.. needs.Versions, new RequiredVersion("libc.so.6", "GLIBC_9.99", "bin/a", Weak: true)] }));
        Assert.Equal(
            ["bin/b is run by /no/such/program, which this machine does not have"],
            here.FindMismatches(needs with { Interpreters = [.. needs.Interpreters, new RequiredItem("/no/such/program", "bin/b")] }));
        Assert.Equal(["it needs the C library musl, this machine has glibc"], here.FindMismatches(needs with { Libc = "musl" }));
        string other = machine.Machine == "riscv" ? "s390" : "riscv";
        Assert.StartsWith($"{machine.File} is for {other}, the platform is ", Assert.Single(here.FindMismatches(needs with { Machines = [machine with { Machine = other }] })), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindMismatches_OlderProcessor_IsNamed()
    {
        ReleaseRequirements needs = await ScanAsync();
        var old = new MachineMatch(PlatformDetection.Detect(), new MachineLibraries("/", isaLevel: 2));
        Assert.Equal(["bin/fast needs the x86-64 level 3, this processor has 2"], old.FindMismatches(needs with { Level = 3, LevelFile = "bin/fast" }));
        Assert.Empty(old.FindMismatches(needs with { Level = 2, LevelFile = "bin/fast" }));
    }

    /// <summary>A machine without anything: what it is told about is its C library, since all else follows from that.</summary>
    [Fact]
    public async Task FindMismatches_MachineWithoutLibraries_HasNoCLibrary()
    {
        ReleaseRequirements needs = await ScanAsync();
        var empty = new MachineMatch(PlatformDetection.Detect(), new MachineLibraries(Directory.CreateDirectory(_folder["machine"]).FullName, isaLevel: 1));
        Assert.Equal(["it needs the C library glibc, this machine has unknown"], empty.FindMismatches(needs));
        Assert.Empty(empty.FindMismatches(new ReleaseRequirements()));
    }

    /// <summary>A report names the highest version of each series, in the order of numbers.</summary>
    [Fact]
    public void RequirementLines_SeveralVersions_NameTheHighestOfEachSeries()
    {
        string[] versions = ["GLIBC_2.9", "GLIBC_2.34", "GLIBC_2.2.5", "OTHER_3", "OTHER_10", "Base"];
        var needs = new ReleaseRequirements
        {
            Libraries = [new RequiredItem("libc.so.6", "bin/a")],
            Versions = [.. versions.Select(version => new RequiredVersion("libc.so.6", version, "bin/a"))],
        };
        Assert.Equal(["library libc.so.6 with GLIBC_2.34, OTHER_10, Base (bin/a)"], RequirementLines.Of(needs));
    }

    private async Task<ReleaseRequirements> ScanAsync()
    {
        BuiltRelease release = BuiltRelease.Create(_folder["root"]);
        var scanner = new ReleaseScanner(release.Root, BuiltRelease.Md5);
        await new SoftwareArchiver(new ArchiveOptions { Observer = scanner }).ReadAsync(release.Folder, null, TestContext.Current.CancellationToken);
        return scanner.Complete().Requirements;
    }
}
