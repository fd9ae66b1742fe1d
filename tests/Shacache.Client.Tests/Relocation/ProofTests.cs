using Shacache.Client.Errors;
using Shacache.Client.Relocation.Documents;

namespace Shacache.Client.Tests.Relocation;

/// <summary>A release appears only where its files find what they found where it was published.</summary>
public sealed class ProofTests : IDisposable
{
    private readonly MoveSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Scan_BuiltRelease_KnowsWhatIsInsideAndWhatIsMissing()
    {
        BuiltRelease release = BuiltRelease.Create(_site["root"]);
        release.WriteScript("bin/example", "#!/no/such/tclsh\n");
        release.WriteScript("bin/lost", $"#!{release.Folder}/bin/none\n");

        ReleaseRequirements found = (await _site.PackAsync(release.Folder)).Requirements;

        Assert.Contains(found.Inside, file => file.File == "bin/reader" && file.Names.SequenceEqual(["libtext.so.1"]));
        Assert.Equal(["bin/example interpreter", "bin/lost interpreter"], found.Missing.Select(file => $"{file.File} {string.Join(' ', file.Names)}"));
        Assert.DoesNotContain(found.Interpreters, program => program.Name == "/no/such/tclsh");
    }

    /// <summary>What was missing there already is no reason here.</summary>
    [Fact]
    public async Task Extract_InterpreterWasMissingWherePublished_IsInstalled()
    {
        BuiltRelease release = BuiltRelease.Create(_site["root"]);
        release.WriteScript("bin/example", "#!/no/such/tclsh\n");
        Assert.True(Directory.Exists(await MoveSite.MoveAsync(await _site.PackAsync(release.Folder), _site["new"])));
    }

    [Theory]
    [InlineData("lib/libtext.so.1", "bin/reader: libtext.so.1 is not there")]
    [InlineData("bin/sh", "bin/script: its interpreter /new/M/bin/sh is not there")]
    public async Task Extract_SomethingIsGone_IsRefusedAndLeavesNothing(string gone, string line)
    {
        BuiltRelease release = BuiltRelease.Create(_site["root"]);
        ReleaseRequirements before = (await _site.PackAsync(release.Folder)).Requirements;
        File.Delete(release[gone]);
        PackedRelease packed = await _site.PackAsync(release.Folder);

        var exception = await Assert.ThrowsAsync<ArchiveException>(() => MoveSite.MoveAsync(packed with { Requirements = before }, _site["new"]));

        string expected = line.Replace("/new/M", $"{_site["new"]}/{BuiltRelease.Md5}", StringComparison.Ordinal);
        Assert.True(exception.IsOfRoot);
        Assert.Contains(expected, exception.Lines);
        Assert.Contains(exception.Lines[0], exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_site["new"]));
    }

    /// <summary>A library of the machine in the place of the release's own would be another version: the worst of all outcomes, since nobody sees it.</summary>
    [Fact]
    public async Task Extract_LibraryWouldComeFromTheMachine_IsRefused()
    {
        BuiltRelease release = BuiltRelease.Create(_site["root"]);
        PackedRelease packed = await _site.PackAsync(release.Folder);
        ReleaseRequirements claims = packed.Requirements with { Inside = [.. packed.Requirements.Inside, new FileNeeds("lib/libtext.so.1", ["libc.so.6"]), new FileNeeds("bin/reader", ["libc.so.6"])] };

        var exception = await Assert.ThrowsAsync<ArchiveException>(() => MoveSite.MoveAsync(packed with { Requirements = claims }, _site["new"]));

        Assert.Contains(exception.Lines, line => line.StartsWith("bin/reader: its libc.so.6 is in the release, and would be taken from /", StringComparison.Ordinal));
    }
}
