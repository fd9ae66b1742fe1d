using System.Text;
using Shacache.Client.Relocation.Scanning;

namespace Shacache.Client.Tests.Relocation;

public sealed class ReleasePathTests
{
    private const string Md5 = "0cc175b9c0f1b6a831c399e269772661";
    private const string Prefix = $"/opt/slap/{Md5}";

    private static readonly ReleasePath Release = new("/opt/slap", Md5);

    /// <summary>The text between the braces is found; slashes between '(' and '{' are room.</summary>
    [Theory]
    [InlineData("{P}")]
    [InlineData("x={P}/lib;y")]
    [InlineData("-I{P}/include")]
    [InlineData("-Wl,-rpath,{P}/lib")]
    [InlineData("a:{P}:b")]
    [InlineData("installed in {P}.")]
    [InlineData("see {P}. And")]
    [InlineData("'{P}'")]
    [InlineData("$(DESTDIR){P}/bin")]
    [InlineData("({/opt//slap///M}")]
    [InlineData("\"{\\/opt\\/slap\\/M}\\/bin\"")]
    [InlineData("\"{/opt/slap\\/M}\"")]
    [InlineData("file://{P}/x")]
    [InlineData("git+file://({P}")]
    [InlineData("(///{P}/share")]
    [InlineData("$ORIGIN/../lib:(//{P}/lib")]
    [InlineData("file://(//{P}/share")]
    [InlineData("s@{P}@X@")]
    [InlineData("{P}%s")]
    public void TryMatch_PathOnItsBoundaries_IsFound(string marked)
    {
        string text = marked.Replace("P", Prefix, StringComparison.Ordinal).Replace("M", Md5, StringComparison.Ordinal);
        int room = text.Contains('(', StringComparison.Ordinal) && !text.StartsWith("$(", StringComparison.Ordinal) ? text.IndexOf('(', StringComparison.Ordinal) : -1;
        if (room >= 0)
            text = text.Remove(room, 1);
        int start = text.IndexOf('{', StringComparison.Ordinal);
        int end = text.IndexOf('}', StringComparison.Ordinal) - 1;
        text = text.Remove(start, 1).Remove(end, 1);

        Assert.True(Release.TryMatch(Encoding.UTF8.GetBytes(text), text.IndexOf(Md5, StringComparison.Ordinal), out PathMatch match), text);
        Assert.Equal((room < 0 ? start : room, start, end), (match.Room, match.Start, match.End));
    }

    [Theory]
    [InlineData("/srv/chrootP")]
    [InlineData("/srv/chroot/P")]
    [InlineData("..P")]
    [InlineData("../..P/lib")]
    [InlineData("~P")]
    [InlineData("P-old")]
    [InlineData("Px/lib")]
    [InlineData("P.bak")]
    [InlineData("Pä")]
    [InlineData("http:/P")]
    [InlineData("/opt/slap2/M")]
    [InlineData("/opt/slapM")]
    [InlineData("opt/slap/M")]
    [InlineData("M")]
    [InlineData("/M")]
    public void TryMatch_OtherPath_IsNotFound(string pattern)
    {
        string text = pattern.Replace("P", Prefix, StringComparison.Ordinal).Replace("M", Md5, StringComparison.Ordinal);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.False(Release.TryMatch(bytes, bytes.AsSpan().IndexOf(Release.Folder), out _), text);
    }

    /// <summary>Whatever the pieces in which content arrives, the same is found.</summary>
    [Fact]
    public void Add_AnyPieces_FindsTheSame()
    {
        byte[] narrow = Encoding.UTF8.GetBytes($"#{Prefix}/a {Md5[..9]} {Md5} x /opt/slap/{new string('a', 32)} {Prefix}");
        byte[] binary = [0, 1, .. narrow, 0, .. Encoding.Unicode.GetBytes(Prefix), 7, .. Encoding.UTF32.GetBytes(Md5), .. Encoding.BigEndianUnicode.GetBytes(Prefix), 0];
        foreach (byte[] content in (byte[][])[narrow, binary])
        {
            string[] whole = Find(content, content.Length);
            Assert.NotEmpty(whole);
            for (int piece = 1; piece < content.Length; piece++)
                Assert.Equal(whole, Find(content, piece));
        }
    }

    private static string[] Find(byte[] content, int pieceBytes)
    {
        var search = new ContentSearch(Release);
        search.Begin();
        for (int at = 0; at < content.Length; at += pieceBytes)
            search.Add(at, content.AsSpan(at, Math.Min(pieceBytes, content.Length - at)));
        return
        [
            $"nul {search.HasNul} {Convert.ToHexString(search.Head)}",
            .. search.Folders.OrderBy(found => found.Offset).Select(found => $"folder {found.Offset} {found.Width}"),
            // In a file that begins with a NUL; a run that two pieces share may be reported from its middle on, too.
            .. search.HasNul ? new[] { "pieces" }.Concat(Runs(content, search.Pieces)) : search.Neighbours.Order().Select(offset => $"root {offset}"),
        ];
    }

    /// <summary>The runs of digits that pieces stand in.</summary>
    private static IEnumerable<string> Runs(byte[] content, IEnumerable<long> pieces)
    {
        static bool IsDigit(byte value) => char.IsAsciiHexDigitLower((char)value) || char.IsAsciiDigit((char)value);
        return pieces.Select(piece =>
        {
            int start = (int)piece;
            while (IsDigit(content[start - 1]))
                start--;
            return $"run {start}";
        }).Distinct().Order(StringComparer.Ordinal);
    }
}
