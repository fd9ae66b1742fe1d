using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Posix;

namespace Shacache.Client.Tests.Archives;

/// <summary>Extended attributes and capabilities, which need a file system that has them.</summary>
public sealed class AttributeTests : IDisposable
{
    // Version 2 of the kernel's format: may bind to ports below 1024 and change users, effective.
    private static readonly byte[] Capability = [1, 0, 0, 2, 0x80, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public AttributeTests()
    {
        Directory.CreateDirectory(_folder["software/d"]);
        Directory.CreateDirectory(_folder["root"]);
        File.WriteAllText(_folder["software/tool"], "content");
        if (TrySet("software/tool", "user.probe", []) != 0)
            Assert.Skip("This file system has no extended attributes.");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ExtractAsync_AttributesOfUsers_ComeBack()
    {
        byte[] value = [0, 0xff, (byte)'\n', (byte)'='];
        Assert.Equal(0, TrySet("software/tool", "user.a=b%c", value));
        Assert.Equal(0, TrySet("software/tool", "user.long", new byte[1500]));
        Assert.Equal(0, TrySet("software/d", "user.folder", Encoding.UTF8.GetBytes("wörd")));

        ArchiveSummary summary = await PackAsync();
        await ExtractAsync(new ExtractionOptions());

        Assert.Equal(["user.a=b%c", "user.long", "user.probe"], Read("root/software/tool").Keys.Order(StringComparer.Ordinal));
        Assert.Equal(value, Read("root/software/tool")["user.a=b%c"]);
        Assert.Equal(new byte[1500], Read("root/software/tool")["user.long"]);
        Assert.Equal("wörd", Encoding.UTF8.GetString(Read("root/software/d")["user.folder"]));
        Assert.Empty(summary.Warnings);
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData(true, "0:0")]
    [InlineData(true, "5:60")]
    [InlineData(false, "5:60")]
    public async Task ExtractAsync_Capability_IsRestoredWhenAllowedOrIsAWarning(bool isAllowed, string owner)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give capabilities.");
        await Programs.RunAsync("chown", owner, _folder["software/tool"]);
        Assert.Equal(0, TrySet("software/tool", "security.capability", Capability));

        await PackAsync();
        await ExtractAsync(new ExtractionOptions { AllowSetId = isAllowed });

        Assert.Equal(isAllowed, Read("root/software/tool").ContainsKey("security.capability"));
        if (isAllowed)
            Assert.Equal(Capability, Read("root/software/tool")["security.capability"]);
        Assert.Equal(isAllowed ? [] : ["the archive has programs with capabilities, which are not restored: --allow-set-id restores them."], _warnings);
    }

    [Fact]
    public async Task WriteAsync_AttributesOfTheMachine_AreLeftOutAndNamedOnce()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can give such attributes.");
        foreach (string file in (string[])["software/tool", "software/d"])
            Assert.Equal(0, TrySet(file, "trusted.mark", [1]));

        ArchiveSummary summary = await PackAsync();

        Assert.Equal(["The extended attribute 'trusted.mark' of 2 files was left out; the first is 'software/d'."], summary.Warnings);
    }

    [Fact]
    public async Task WriteAsync_ReadByGnuTarAndPython_KeepsThem()
    {
        Assert.Equal(0, TrySet("software/tool", "user.a", [0x80, 0]));
        await PackAsync();

        Directory.CreateDirectory(_folder["by tar"]);
        await Programs.RunAsync("tar", "--xattrs", "--xattrs-include=*", "-xzpf", _folder["archive"], "-C", _folder["by tar"]);
        Assert.Equal([0x80, 0], Read("by tar/software/tool")["user.a"]);
        if (File.Exists("/usr/bin/python3"))
        {
            await Programs.RunAsync("/usr/bin/python3", "-c", "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])", _folder["archive"], _folder["by python"]);
            Assert.Equal("content", File.ReadAllText(_folder["by python/software/tool"]));
        }
    }

    [Fact]
    public async Task ExtractAsync_WrittenByGnuTar_BringsThemBack()
    {
        Assert.Equal(0, TrySet("software/tool", "user.a=b", [1, 0, 2]));
        await Programs.RunAsync("tar", "--xattrs", "--format=posix", "-czf", _folder["archive"], "-C", _folder.Path, "software");
        await ExtractAsync(new ExtractionOptions());

        Assert.Equal([1, 0, 2], Read("root/software/tool")["user.a=b"]);
    }

    private async Task<ArchiveSummary> PackAsync()
    {
        await using FileStream archive = File.Create(_folder["archive"]);
        return await new SoftwareArchiver().WriteAsync(_folder["software"], archive, null, TestContext.Current.CancellationToken);
    }

    private async Task ExtractAsync(ExtractionOptions options)
    {
        await using FileStream archive = File.OpenRead(_folder["archive"]);
        await new SoftwareExtractor(options with { OnWarning = _warnings.Add }).ExtractAsync(archive, _folder["root/software"], null, TestContext.Current.CancellationToken);
    }

    private int TrySet(string path, string name, byte[] value)
    {
        using SafeFileHandle file = Open(path);
        return FileCalls.SetAttribute(file, FileName.FromText(name), value, value.Length, 0);
    }

    private Dictionary<string, byte[]> Read(string path)
    {
        using SafeFileHandle file = Open(path);
        return (ExtendedAttribute.ReadAll(file) ?? []).ToDictionary(attribute => Encoding.UTF8.GetString(attribute.PlainName), attribute => attribute.Value);
    }

    private SafeFileHandle Open(string path)
    {
        using SafeFileHandle parent = FileSystemCalls.OpenFolder(Path.GetDirectoryName(_folder[path])!);
        return FileSystemCalls.TryOpenForReading(parent, FileName.FromText(Path.GetFileName(path)), out int _)!;
    }
}
