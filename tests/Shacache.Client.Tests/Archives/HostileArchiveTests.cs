using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;
using Shacache.Client.Errors;

namespace Shacache.Client.Tests.Archives;

/// <summary>Each is refused with one line, writes nothing outside and leaves nothing on disk.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HostileArchiveTests()
    {
        Directory.CreateDirectory(_folder["root"]);
        File.WriteAllText(_folder["victim"], "untouched");
        Directory.CreateDirectory(_folder["outside"]);
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names() => [.. Archives("/nowhere").Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ExtractAsync_HostileArchive_IsRefusedAndLeavesNothing(string name)
    {
        (byte[] archive, string expected) = Archives(_folder.Path)[name];
        var extractor = new SoftwareExtractor(new ExtractionOptions { MaxContentBytes = 10_000_000, MaxEntries = 1000 });

        using var stream = new MemoryStream(archive);
        var exception = await Assert.ThrowsAsync<ArchiveException>(
            () => extractor.ExtractAsync(stream, _folder["root/top"], null, TestContext.Current.CancellationToken));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(exception.Message, char.IsControl);
        Assert.Empty(Directory.GetFileSystemEntries(_folder["root"]));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["outside"]));
        Assert.Equal("untouched", File.ReadAllText(_folder["victim"]));
        Assert.Equal(["outside", "root", "victim"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ExtractAsync_OddButLegalArchive_IsExtracted()
    {
        byte[] archive = New().Entry(TarKind.Folder, "./").File("./top//b/./file", "first").Link("top/away", "/etc/passwd").Link("top/up", "../..")
            .Link("top/l", "b").File("top/l/through", "inside").Link("top/b/back", "../b").File("top/b/back/again", "inside")
            .Pax("path=top/ünï", "mtime=-1.5", "comment=").File("ignored").File("top/b/file", "second").HardLink("top/hard", "top/b/file").HardLink("top/away too", "top/away")
            .Entry(0, "top/old/").Entry(TarKind.HardLink, "top/hard 2", "top/hard", size: 6).End().Bytes(new byte[9216]).Gzip();

        using var stream = new MemoryStream(archive);
        await new SoftwareExtractor().ExtractAsync(stream, _folder["root/top"], null, TestContext.Current.CancellationToken);

        Assert.Equal("second", File.ReadAllText(_folder["root/top/b/file"]));
        Assert.Equal("second", File.ReadAllText(_folder["root/top/hard 2"]));
        Assert.Equal("inside", File.ReadAllText(_folder["root/top/b/through"]));
        Assert.Equal("inside", File.ReadAllText(_folder["root/top/b/again"]));
        Assert.Equal("/etc/passwd", new FileInfo(_folder["root/top/away"]).LinkTarget);
        Assert.Equal("/etc/passwd", new FileInfo(_folder["root/top/away too"]).LinkTarget);
        Assert.True(Directory.Exists(_folder["root/top/old"]));
    }

    /// <summary>Each byte of some headers, with values that mean something to one format or other: it is one more archive that is read or refused.</summary>
    [Theory]
    [InlineData(0x80, false)]
    [InlineData(0x80, true)]
    [InlineData(0xff, true)]
    [InlineData(0xbf, true)]
    [InlineData('9', true)]
    [InlineData('x', true)]
    [InlineData('S', true)]
    [InlineData(0, true)]
    public async Task ExtractAsync_AnyByteOfAHeaderChanged_IsReadOrRefusedAsAnArchive(int value, bool withChecksum)
    {
        var extractor = new SoftwareExtractor(new ExtractionOptions { MaxContentBytes = 10_000_000, MaxEntries = 1000, FlushToDisk = false });
        using SafeFileHandle root = FileSystemCalls.OpenFolder(_folder["root"]);
        // All of the numbers, kinds and magic words; of names and padding some.
        foreach (int offset in Enumerable.Range(0, 5 * 512).Where(offset => offset % 512 is (>= 98 and < 160) or (>= 255 and < 348) or (>= 384 and < 386) or (>= 480 and < 500) || offset % 11 == 0))
        {
            HostileArchive archive = New().Folder("top").File("top/file", "").Link("top/link", "file").Pax("mtime=1").File("top/other", "").End();
            archive = withChecksum ? archive.Forge(offset, (byte)value) : archive.Change(offset, (byte)value);
            using var stream = new MemoryStream(archive.Gzip());
            try
            {
                await extractor.ExtractAsync(stream, _folder["root/top"], null, TestContext.Current.CancellationToken);
                // Names need not be UTF-8.
                FolderRemover.Remove(root, "top\0"u8);
            }
            catch (ArchiveException e)
            {
                Assert.False(e.IsOfMachine, $"byte {offset}: {e.Message}");
            }
            catch (Exception e)
            {
                Assert.Fail($"byte {offset}: {e}");
            }

            Assert.Empty(Directory.GetFileSystemEntries(_folder["root"]));
        }
    }

    private static HostileArchive New() => new();

    private static Dictionary<string, (byte[] Archive, string Message)> Archives(string outside) => new()
    {
        ["absolute name"] = (New().File($"{outside}/victim").End().Gzip(), "is absolute"),
        ["absolute name in pax"] = (New().Pax($"path={outside}/victim").File("top/a").End().Gzip(), "is absolute"),
        ["mode that is none"] = (New().Folder("top").File("top/a").End().Forge(100, 0x80).Gzip(), "malformed mode"),
        ["dots at the start"] = (New().File("../victim").End().Gzip(), "'..'"),
        ["dots in the middle"] = (New().File("top/a/../../../victim").End().Gzip(), "'..'"),
        ["dots in a GNU long name"] = (New().Entry(TarKind.GnuLongName, "././@LongLink", content: "top/../../victim\0").File("top/a").End().Gzip(), "'..'"),
        ["dots as a folder"] = (New().Folder("top/..").End().Gzip(), "'..'"),
        ["outside the top folder"] = (New().Folder("top").File("other/file").End().Gzip(), "not below the folder"),
        ["name that begins like the top folder"] = (New().File("topper/file").End().Gzip(), "not below the folder"),
        ["write through an absolute link"] = (New().Link("top/l", $"{outside}/outside").File("top/l/file").End().Gzip(), "leads out"),
        ["write through a relative link"] = (New().Folder("top").Link("top/l", "../../outside").File("top/l/file").End().Gzip(), "leads out"),
        ["write through a chain of links"] = (New().Link("top/a/l", "..").Link("top/m", "a/l/../../outside").File("top/m/file").End().Gzip(), "leads out"),
        ["folder through a link"] = (New().Link("top/l", $"{outside}/outside").Folder("top/l/sub").End().Gzip(), "leads out"),
        ["link through a link"] = (New().Link("top/l", $"{outside}/outside").Link("top/l/sub", "x").End().Gzip(), "leads out"),
        ["hard link through a link"] = (New().File("top/f").Link("top/l", $"{outside}/outside").HardLink("top/l/f", "top/f").End().Gzip(), "leads out"),
        ["loop of links"] = (New().Link("top/a", "b").Link("top/b", "a").File("top/a/file").End().Gzip(), "loop"),
        ["folder in place of a link"] = (New().Link("top/l", $"{outside}/outside").Folder("top/l").File("top/l/file").End().Gzip(), "in the place of something else"),
        ["link in place of a folder"] = (New().Folder("top/d").Link("top/d", $"{outside}/outside").File("top/d/file").End().Gzip(), "replaces its folder"),
        ["file in place of a folder"] = (New().Folder("top/d").File("top/d").End().Gzip(), "replaces its folder"),
        ["top folder as a link"] = (New().Link("top", $"{outside}/outside").File("top/file").End().Gzip(), "is not a folder"),
        ["top folder as a file"] = (New().File("top").End().Gzip(), "is not a folder"),
        ["file as a folder"] = (New().File("top/f").File("top/f/g").End().Gzip(), "not a folder"),
        ["hard link to an absolute name"] = (New().HardLink("top/l", $"{outside}/victim").File("top/l", "changed").End().Gzip(), "is absolute"),
        ["hard link with dots"] = (New().HardLink("top/l", "top/../../victim").End().Gzip(), "'..'"),
        ["hard link outside the top folder"] = (New().HardLink("top/l", "victim").End().Gzip(), "not below the folder"),
        ["hard link by way of a link"] = (New().Link("top/l", outside).HardLink("top/h", "top/l/victim").End().Gzip(), "cannot"),
        ["hard link to nothing"] = (New().Folder("top").HardLink("top/h", "top/missing").End().Gzip(), "cannot"),
        ["hard link to a folder"] = (New().Folder("top/d").HardLink("top/h", "top/d").End().Gzip(), "names a folder"),
        ["hard link to the top folder"] = (New().Folder("top").HardLink("top/h", "top").End().Gzip(), "names a folder"),
        ["set-uid"] = (New().File("top/f", mode: 2541).End().Gzip(), "set-uid"),
        ["set-gid"] = (New().File("top/f", mode: 1517).End().Gzip(), "set-gid"),
        ["character device"] = (New().Entry(TarKind.CharacterDevice, "top/null").End().Gzip(), "a device"),
        ["block device"] = (New().Entry(TarKind.BlockDevice, "top/disk").End().Gzip(), "a device"),
        ["fifo"] = (New().Entry(TarKind.Fifo, "top/fifo").End().Gzip(), "a fifo"),
        ["unknown kind"] = (New().Entry((byte)'M', "top/continued").End().Gzip(), "unknown kind"),
        ["line feeds in a name"] = (New().File("evil\n\u001b[31mname").End().Gzip(), "\\u000a"),
        ["NUL in a pax name"] = (New().Pax("path=top/a\0b").File("top/a").End().Gzip(), "NUL"),
        ["NUL in a pax link"] = (New().Pax("linkpath=a\0b").Link("top/a", "a").End().Gzip(), "NUL"),
        ["empty name"] = (New().File("").End().Gzip(), "without a name"),
        ["name that is too long"] = (New().Pax($"path=top/{new string('a', 5000)}").File("top/a").End().Gzip(), "longer than"),
        ["part of a name that is too long"] = (New().Pax($"path=top/{new string('a', 300)}").File("top/a").End().Gzip(), "cannot be created"),
        ["declared size over the limit"] = (New().Entry(TarKind.Regular, "top/f", size: 20_000_000).End().Gzip(), "which is the limit"),
        ["many files over the limit"] = (Many(12, new string('x', 1_000_000)).Gzip(), "which is the limit"),
        ["too many entries"] = (Many(1001, "").Gzip(), "entries, which is the limit"),
        ["endless extended headers"] = (Repeat(1001, archive => archive.Pax("comment=x")).Gzip(), "entries, which is the limit"),
        ["mode in binary"] = (New().File("top/f", "").Change(100, 0x80).End().Gzip(), "checksum"),
        ["checksum in binary"] = (New().File("top/f", "").Change(148, 0x80).End().Gzip(), "checksum"),
        ["user in binary, mode no number"] = (New().File("top/f", "").Forge(108, 0x80).Forge(101, (byte)'x').End().Gzip(), "malformed mode"),
        ["sparse file of a negative length"] = (New().Entry(TarKind.GnuSparse, "top/f", "").Forge(482, 0).Forge(483, 0xff).End().Gzip(), "length of a sparse file"),
        ["endless number in a sparse map"] = (New().Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=1").File("top/f", new string('7', 2048)).End().Gzip(), "malformed"),
        ["extended attribute without a name"] = (New().Pax("SCHILY.xattr.=x").File("top/f", "").End().Gzip(), "no name"),
        ["sparse file over the limit"] = (New().Pax("GNU.sparse.size=99999999999", "GNU.sparse.map=0,0").File("top/f", "").End().Gzip(), "which is the limit"),
        ["sparse map outside its file"] = (New().Pax("GNU.sparse.size=10", "GNU.sparse.map=5,7").File("top/f", "content").End().Gzip(), "sparse map"),
        ["sparse map that overlaps"] = (New().Pax("GNU.sparse.size=10", "GNU.sparse.map=0,4,2,3").File("top/f", "content").End().Gzip(), "sparse map"),
        ["sparse map that overflows"] = (New().Pax("GNU.sparse.size=10", "GNU.sparse.map=9223372036854775807,7").File("top/f", "content").End().Gzip(), "sparse map"),
        ["sparse map without end"] = (New().Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=10").File("top/f", "900000\n").End().Gzip(), "sparse map"),
        ["sparse map that is huge"] = (New().Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=10").File("top/f", "9000000000\n" + new string('0', 600)).End().Gzip(), "sparse map"),
        ["extended header that is huge"] = (New().Entry(TarKind.Pax, "x", size: 1L << 32).End().Gzip(), "extended header"),
        ["extended header with a wrong length"] = (New().Entry(TarKind.Pax, "x", content: "99 path=top/x\n").File("top/f").End().Gzip(), "malformed"),
        ["extended header without a key"] = (New().Entry(TarKind.Pax, "x", content: "8 topxx\n").File("top/f").End().Gzip(), "without a key"),
        ["pax size that is negative"] = (New().Pax("size=-5").File("top/f").End().Gzip(), "not a number"),
        ["size that is no number"] = (New().Entry(TarKind.Regular, "top/f", sizeField: "0000000zz00").End().Gzip(), "malformed size"),
        ["size that is negative"] = (New().Entry(TarKind.Regular, "top/f", sizeField: new string('\u00ff', 12)).End().Gzip(), "negative"),
        ["wrong header checksum"] = (New().File("top/f").Change(3, (byte)'X').End().Gzip(), "wrong checksum"),
        ["wrong checksum of the second header"] = (New().File("top/f").File("top/g").Change(1024 + 100, (byte)'7').End().Gzip(), "wrong checksum"),
        ["no end mark"] = (New().File("top/f").Gzip(), "end mark"),
        ["cut off in a header"] = (New().File("top/f").Bytes(new byte[100]).Gzip(), "cut off"),
        ["cut off in a file"] = (New().Entry(TarKind.Regular, "top/f", size: 5000).Gzip(), "cut off"),
        ["garbage after the end mark"] = (New().File("top/f").End().Bytes([.. new byte[700], 1]).Gzip(), "after its end mark"),
        ["another archive after the end mark"] = (New().File("top/f").End().File("top/g").End().Gzip(), "after its end mark"),
        ["endless zeros after the end mark"] = (New().File("top/f").End().Bytes(new byte[20_000_000]).Gzip(), "zeros after its end mark"),
        ["garbage after the gzip"] = ([.. New().File("top/f").End().Gzip(), 1, 2, 3], "after its end"),
        ["gzip cut off"] = (New().File("top/f").End().Gzip()[..^9], "cut off"),
        ["gzip without its checksum"] = (New().File("top/f").End().Gzip()[..^4], "cut off"),
        ["wrong gzip checksum"] = (Flip(New().File("top/f").End().Gzip(), 8), "checksum"),
        ["wrong gzip length"] = (Flip(New().File("top/f").End().Gzip(), 1), "checksum"),
        ["damaged deflate data"] = ([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7], "damaged"),
        ["no gzip"] = ("PK\u0003\u0004 this is another kind of archive"u8.ToArray(), "not a gzip file"),
        ["a page instead of an archive"] = ("<html><body>502 Bad Gateway</body></html>"u8.ToArray(), "not a gzip file"),
        ["nothing at all"] = ([], "empty"),
        ["empty archive"] = (New().End().Gzip(), "empty"),
        ["empty gzip"] = (EmptyGzip(), "cut off"),
        ["no tar in the gzip"] = (New().Bytes(System.Text.Encoding.ASCII.GetBytes(new string('t', 2048))).Gzip(), "wrong checksum"),
    };

    private static HostileArchive Many(int count, string content)
    {
        HostileArchive archive = New();
        for (int i = 0; i < count; i++)
            archive.File($"top/{i}", content);
        return archive.End();
    }

    private static HostileArchive Repeat(int count, Func<HostileArchive, HostileArchive> add) =>
        Enumerable.Range(0, count).Aggregate(New(), (archive, _) => add(archive)).File("top/f").End();

    private static byte[] Flip(byte[] archive, int fromEnd)
    {
        archive[^fromEnd] ^= 0x10;
        return archive;
    }

    private static byte[] EmptyGzip()
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest))
            gzip.Flush();
        return result.ToArray() is { Length: > 0 } bytes ? bytes : [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }
}
