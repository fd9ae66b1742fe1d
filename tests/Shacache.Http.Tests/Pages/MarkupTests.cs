using System.Buffers;
using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Tests.Pages;

public sealed class MarkupTests
{
    private static readonly SearchValues<char> Meaningful = SearchValues.Create("<>\"'\0\u202e\r\n");

    [Theory]
    [InlineData("<script>", "&lt;script&gt;")]
    [InlineData("\"'&", "&quot;&#x27;&amp;")]
    [InlineData("a\u202eb\0c\r\n", "a\\u202eb\\u0000c\\u000d\\u000a")]
    public void Of_TextInAHole_IsEncoded(string text, string expected) => Assert.Equal($"<p>{expected}</p>", Html.Of($"<p>{text}</p>").ToString());

    [Fact]
    public void Of_AnyText_LeavesOnlyLettersThatMeanNothing() =>
        Prop.ForAll<string>(text => !Html.Of($"{text}").ToString().AsSpan().ContainsAny(Meaningful)).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_MarkupInAHole_IsNotEncodedAgain() =>
        Assert.Equal("<ul><li>a&amp;b</li><li>7</li></ul>", Html.Of($"<ul>{new[] { "a&b" }.Select(text => Html.Of($"<li>{text}</li>"))}{Html.Of($"<li>{7}</li>")}</ul>").ToString());

    [Fact]
    public void Shorten_LongText_KeepsBothEndsAndWholeCharacters()
    {
        string text = string.Concat(Enumerable.Repeat("\U0001f600", 100));

        Assert.All(Enumerable.Range(10, 50), length => Assert.DoesNotContain('\ufffd', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Html.Shorten(text, length)))));
        Assert.Equal("abc … j", Html.Shorten("abcdefghij", 4));
    }

    [Theory]
    [InlineData("file-urlmd5:0123", "file-urlmd5:0123")]
    [InlineData("", "''")]
    [InlineData("-rf", "'-rf'")]
    [InlineData("a b", "'a b'")]
    public void Quote_Word_AsAPersonWould(string text, string expected) => Assert.Equal(expected, ShellWord.Quote(text));

    [Fact]
    public async Task Quote_AnyText_IsOneWordOfBash()
    {
        string[] texts = ["$(touch x)", "`x`", "'; rm -rf /; '", "a\\nb", "a\nb", "rtl-\u202egnp", "\u001b[31m", "é\U0001f600", "!!", "~", "*", "a'b\\c\u200b"];
        var start = new ProcessStartInfo("bash", ["--noprofile", "--norc"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false, StandardOutputEncoding = Encoding.UTF8 };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process bash = Process.Start(start)!;
        await bash.StandardInput.WriteAsync($"printf '%s\\0' {string.Join(' ', texts.Select(ShellWord.Quote))}\n");
        bash.StandardInput.Close();
        string said = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(texts, said.Split('\0')[..^1]);
    }
}
