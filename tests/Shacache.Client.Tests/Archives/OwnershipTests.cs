using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Tests.Archives;

/// <summary>Owners as root restores them. Every Debian has the users daemon (1) and games (5) and the groups of these names (1 and 60).</summary>
public sealed class OwnershipTests : IDisposable
{
    private static readonly FileOwner Games = new(5, 60);
    private static readonly FileOwner Daemon = new(1, 1);

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public OwnershipTests()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            Assert.Skip("Only root can give files to others.");
        Directory.CreateDirectory(_folder["root"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ExtractAsync_NamesThatAreKnown_AreRestoredWhateverTheNumbers()
    {
        await ExtractAsync(new HostileArchive().Pax("uname=games", "gname=daemon").Folder("top", 1512)
            .Pax("uname=daemon", "gname=games", "uid=77777").File("top/file", mode: 488).Pax("uname=games", "gname=games").Link("top/link", "file")
            .File("top/unnamed", mode: 420).End());

        Assert.Equal((new FileOwner(5, 1), 1512u), OwnerAndMode("root/top"));
        Assert.Equal((new FileOwner(1, 60), 488u), OwnerAndMode("root/top/file"));
        Assert.Equal(Games, OwnerAndMode("root/top/link").Owner);
        Assert.Equal((new FileOwner(0, 0), 420u), OwnerAndMode("root/top/unnamed"));
        Assert.Equal("the archive does not name the owners of its files: the owner of the software root gets what is theirs.", Assert.Single(_warnings));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ExtractAsync_NoNamesOrUnknownOnes_GivesTheOwnerOfTheSoftwareRoot(bool isNamed)
    {
        await Programs.RunAsync("chown", "5:60", _folder["root"]);
        await Programs.RunAsync("chmod", "2750", _folder["root"]);
        string[] owner = isNamed ? ["uname=no-such-user", "gname=no-such-group"] : ["comment=none"];
        await ExtractAsync(new HostileArchive().Pax(owner).Folder("top", 488).Pax(owner).Folder("top/d", 488).Pax(owner).File("top/d/f", mode: 488)
            .Pax(owner).File("top/implied/f").Pax(owner).Link("top/d/link", "f").End());

        foreach (string path in (string[])["top", "top/d", "top/d/f", "top/implied", "top/implied/f", "top/d/link"])
            Assert.Equal(Games, OwnerAndMode($"root/{path}").Owner);
        Assert.Equal(488u, OwnerAndMode("root/top").Permissions);
        if (isNamed)
            Assert.Equal("there is no user 'no-such-user' of the archive on this machine: the owner of the software root gets what is theirs.", _warnings[0]);
        Assert.Equal(isNamed ? 2 : 1, _warnings.Count);
    }

    [Fact]
    public async Task ExtractAsync_OwnerIsGiven_OwnsEverything()
    {
        await ExtractAsync(
            new HostileArchive().Pax("uname=daemon", "gname=daemon").Folder("top").File("top/a/f").Link("top/l", "a").End(), new ExtractionOptions { Owner = Games, CompletedMark = "now" });

        foreach (string path in (string[])["top", "top/a", "top/a/f", "top/l", "top/.completed"])
            Assert.Equal(Games, OwnerAndMode($"root/{path}").Owner);
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task ExtractAsync_SetIdFilesAndFoldersOfOthers_KeepTheirBits()
    {
        await ExtractAsync(
            new HostileArchive().Pax("uname=games", "gname=games").Folder("top", 1517).Pax("uname=games", "gname=games").File("top/su", mode: 2541)
                .Pax("uname=daemon", "gname=daemon").Folder("top/later", 1512).File("top/x").Pax("uname=games", "gname=daemon").File("top/later/f").End(),
            new ExtractionOptions { AllowSetId = true });

        Assert.Equal((Games, 1517u), OwnerAndMode("root/top"));
        Assert.Equal((Games, 2541u), OwnerAndMode("root/top/su"));
        Assert.Equal((Daemon, 1512u), OwnerAndMode("root/top/later"));
        Assert.Equal(new FileOwner(5, 1), OwnerAndMode("root/top/later/f").Owner);
        Assert.Equal(new FileOwner(0, 0), OwnerAndMode("root/top/x").Owner);
    }

    /// <summary>The real tool of nodes: slapgrid calls tarfile so, in both directions.</summary>
    [Fact]
    public async Task Owners_WrittenAndReadByPythonAsSlapgridDoes_AreTheSame()
    {
        string release = _folder["software"];
        await Programs.RunAsync(
            "bash", "-c",
            "umask 027; mkdir -p $0/bin $0/lib/deep; printf '#!/bin/sh\\necho runs\\n' > $0/bin/tool; chmod +x $0/bin/tool; ln $0/bin/tool $0/bin/hard; ln -s ../lib $0/bin/l; echo x > $0/lib/deep/f;" +
            "chown -hR games:games $0; chgrp -h daemon $0/lib/deep/f $0/bin/l; find $0 -type d -exec chmod g+s {} +; find $0 -exec touch -hd 2020-01-02T03:04:05 {} +",
            release);
        await using (FileStream archive = File.Create(_folder["ours"]))
            await new SoftwareArchiver().WriteAsync(release, archive, null, TestContext.Current.CancellationToken);
        await PythonAsync("t = tarfile.open(sys.argv[1]); t.extractall(path=sys.argv[2]); t.close()", _folder["ours"], _folder["by python"]);
        // Python gives links no times.
        Assert.Equal(await ListAsync(release, "! -type l"), await ListAsync(_folder["by python/software"], "! -type l"));
        Assert.Equal(await ListAsync(release, "-type l", time: ""), await ListAsync(_folder["by python/software"], "-type l", time: ""));

        await PythonAsync("t = tarfile.open(sys.argv[1], 'w:gz'); t.add(sys.argv[2], arcname='top'); t.close()", _folder["theirs"], release);
        await using (FileStream archive = File.OpenRead(_folder["theirs"]))
            await new SoftwareExtractor(new ExtractionOptions { OnWarning = _warnings.Add }).ExtractAsync(archive, _folder["root/top"], null, TestContext.Current.CancellationToken);
        Assert.Equal(await ListAsync(release), await ListAsync(_folder["root/top"]));

        await Programs.RunAsync("chmod", "755", _folder.Path, _folder["root"], _folder["by python"]);
        foreach (string installed in (string[])[_folder["by python/software"], _folder["root/top"]])
            await Programs.RunAsync("setpriv", "--reuid=65534", "--regid=60", "--clear-groups", Path.Combine(installed, "bin/tool"));
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task WriteAsync_WithoutOwners_IsTheSameForEveryOwner()
    {
        Directory.CreateDirectory(_folder["software/d"]);
        byte[] mine = await PackAsync(keepOwners: false), kept = await PackAsync(keepOwners: true);
        await Programs.RunAsync("chown", "-R", "5:60", _folder["software"]);
        byte[] theirs = await PackAsync(keepOwners: false), keptToo = await PackAsync(keepOwners: true);

        Assert.Equal(mine, theirs);
        Assert.NotEqual(kept, keptToo);
    }

    [Theory]
    [InlineData("games", 5, 60)]
    [InlineData("games:daemon", 5, 1)]
    [InlineData("77:games", 77, 60)]
    [InlineData("1", 1, 1)]
    [InlineData("0:0", 0, 0)]
    public void TryParse_NameOrNumber_IsFound(string text, uint user, uint group)
    {
        Assert.True(FileOwner.TryParse(text, out FileOwner owner, out _));
        Assert.Equal(new FileOwner(user, group), owner);
    }

    [Theory]
    [InlineData("no-such-user", "There is no user 'no-such-user'")]
    [InlineData("games:no-such-group", "There is no group 'no-such-group'")]
    [InlineData("", "There is no user ''")]
    [InlineData("4294967295:0", "There is no user")]
    [InlineData("987654", "no login group")]
    public void TryParse_Unknown_SaysWhich(string text, string problem)
    {
        Assert.False(FileOwner.TryParse(text, out _, out string? said));
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    private async Task<byte[]> PackAsync(bool keepOwners)
    {
        using var archive = new MemoryStream();
        await new SoftwareArchiver(new ArchiveOptions { KeepOwners = keepOwners }).WriteAsync(_folder["software"], archive, null, TestContext.Current.CancellationToken);
        return archive.ToArray();
    }

    private async Task ExtractAsync(HostileArchive archive, ExtractionOptions? options = null)
    {
        using var stream = new MemoryStream(archive.Gzip());
        await new SoftwareExtractor((options ?? new ExtractionOptions()) with { OnWarning = _warnings.Add }).ExtractAsync(
            stream, _folder["root/top"], null, TestContext.Current.CancellationToken);
    }

    private (FileOwner Owner, uint Permissions) OwnerAndMode(string path)
    {
        using SafeFileHandle parent = FileSystemCalls.OpenFolder(Path.GetDirectoryName(_folder[path])!);
        FileStatus status = FileSystemCalls.FindStatus(parent, FileName.FromText(Path.GetFileName(path)))!.Value;
        return (status.Owner, status.Permissions);
    }

    private static async Task PythonAsync(string script, params string[] arguments)
    {
        if (!File.Exists("/usr/bin/python3"))
        {
            Assert.NotEqual("true", Environment.GetEnvironmentVariable("CI"));
            Assert.Skip("/usr/bin/python3 is not installed.");
        }

        await Programs.RunAsync("/usr/bin/python3", ["-c", "import sys, tarfile; " + script, .. arguments]);
    }

    private static async Task<string> ListAsync(string folder, string condition = "", string time = "%T@")
    {
        var start = new ProcessStartInfo("bash", ["-c", $"cd \"$0\"; find . {condition} -printf '%P %y %m %U %G %n %l {time}\\n' | LC_ALL=C sort", folder]) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
