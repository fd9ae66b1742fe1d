using System.Text;

namespace Shacache.Protocol.Tests;

public sealed class WebPageTests
{
    [Theory]
    [InlineData("https://example.org/foo-1.0.tar.gz", true)]
    [InlineData("https://example.org/foo-1.0.TGZ?token=x#part", true)]
    [InlineData("https://example.org/foo-1.0.tar.xz/download", true)]
    [InlineData("https://example.org/foo%2Ezip", true)]
    [InlineData("https://example.org/get?file=foo.whl", true)]
    [InlineData("https://example.org/foo.tar.gz.html", false)]
    [InlineData("https://example.org/simple/foo/", false)]
    [InlineData("https://example.gz/", false)]
    [InlineData("https://example.zip", false)]
    public void IsUnexpectedAt_Url_TellsByItsName(string url, bool expected) => Assert.Equal(expected, WebPage.IsUnexpectedAt(url));

    [Theory]
    [InlineData("<!DOCTYPE html><html>", null, true)]
    [InlineData("\u00ef\u00bb\u00bf \r\n<html lang=en>", "application/gzip", true)]
    [InlineData("<!-- page --><HEAD>", null, true)]
    [InlineData("log in", "text/html; charset=utf-8", true)]
    [InlineData("", "TEXT/HTML", true)]
    [InlineData("", null, false)]
    [InlineData("\u001f\u008b\u0008\u0000", "text/html", false)]
    [InlineData("PK\u0003\u0004", "text/html", false)]
    [InlineData("<patch> of <html>", null, true)]
    [InlineData("--- a/page.html\n+<html>", "text/plain", false)]
    public void Is_Beginning_TellsByBytesAndType(string beginning, string? type, bool expected) =>
        Assert.Equal(expected, WebPage.Is(Encoding.Latin1.GetBytes(beginning), type));
}
