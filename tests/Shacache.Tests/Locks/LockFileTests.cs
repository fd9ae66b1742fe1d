using Shacache.Cli.Errors;
using Shacache.Cli.Locks;
using Shacache.Testing;

namespace Shacache.Tests.Locks;

public sealed class LockFileTests
{
    private static readonly string Sha256 = new('a', 64);

    [Theory]
    [InlineData(
        "{\"lockfileVersion\":3,\"packages\":{\"\":{\"version\":\"1\"},\"node_modules/a\":{\"version\":\"1.0.0\",\"integrity\":\"sha1-AAECAwQFBgcICQoLDA0ODxAREhM=\"},\"node_modules/a/node_modules/@s/b\":{\"version\":\"2.0.0\"}," +
        "\"node_modules/alias\":{\"name\":\"real\",\"version\":\"3.0.0\"},\"node_modules/here\":{\"link\":true,\"resolved\":\"here\"},\"node_modules/g\":{\"version\":\"1.0.0\",\"resolved\":\"git+ssh://git@x/g.git\"}}}",
        "npm a 1.0.0 sha1-000102030405060708090a0b0c0d0e0f10111213|npm @s/b 2.0.0|npm real 3.0.0", 1)]
    [InlineData("{\"lockfileVersion\":1,\"dependencies\":{\"a\":{\"version\":\"1.0.0\",\"dependencies\":{\"b\":{\"version\":\"npm:real@2.0.0\"}}},\"c\":{\"version\":\"file:c\"}}}", "npm a 1.0.0|npm real 2.0.0", 1)]
    [InlineData("{\"version\":1,\"dependencies\":{\"net10.0\":{\"A.B\":{\"type\":\"Direct\",\"resolved\":\"1.0.0\"},\"own\":{\"type\":\"Project\"}},\"net9.0\":{\"A.B\":{\"type\":\"Direct\",\"resolved\":\"1.0.0\"}}}}", "nuget A.B 1.0.0", 0)]
    [InlineData("# It is made by cargo.\nversion = 3\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"SHA256\"\ndependencies = [\n \"b\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"git+https://x/b\"\n", "cargo a 1.0.0 sha256-SHA256", 1)]
    [InlineData("example.org/A v1.0.0 h1:x=\nexample.org/A v1.0.0/go.mod h1:y=\n", "go example.org/A v1.0.0|go example.org/A v1.0.0/go.mod", 0)]
    [InlineData("# index\n--index-url https://pypi.org/simple\na==1.0 \\\n    --hash=sha256:SHA256 \\\n    --hash=sha256:SHA256\nB.c[x,y] == 2.0 ; python_version < '4'  # why\n", "pypi a 1.0 sha256-SHA256 sha256-SHA256|pypi B.c 2.0", 0)]
    [InlineData("https://example.org/a.tar.gz\nhttps://example.org/b.tar.gz?x=1\nhttps://example.org/a.tar.gz\n", "https://example.org/a.tar.gz|https://example.org/b.tar.gz?x=1", 0)]
    [InlineData("'http://example.org/pool/a_1%2b2.deb' a_1+2.deb 1234 SHA256:SHA256\n'http://example.org/pool/b.deb' b.deb 5 \n", "http://example.org/pool/a_1%2b2.deb|http://example.org/pool/b.deb", 0)]
    public async Task ReadAsync_FileOfATool_NamesEachThingOnce(string text, string expected, int omitted)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["lock"], text.Replace("SHA256", Sha256, StringComparison.Ordinal));

        LockContent content = await LockFile.ReadAsync(folder["lock"], TestContext.Current.CancellationToken);

        Assert.Equal(
            expected.Replace("SHA256", Sha256, StringComparison.Ordinal),
            string.Join('|', content.Orders.Select(order => order.Url ?? string.Join(' ', [order.Type!, order.Name!, order.Version!, .. order.Hashes ?? []]))));
        Assert.Equal(omitted, content.Omitted.Count);
    }

    [Theory]
    [InlineData("requests>=2.0\n", "fixes no version")]
    [InlineData("a==1.*\n", "fixes no version")]
    [InlineData("-r other.txt\n", "names another file")]
    [InlineData("{\"name\":\"x\"}", "package-lock.json")]
    [InlineData("{\"lockfileVersion\":", "no lock file")]
    [InlineData("[[package]]\nsource = \"registry+x\"\n", "no name")]
    public async Task ReadAsync_OtherFile_IsRefusedInOneLine(string text, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["lock"], text);
        CommandFailedException failure = await Assert.ThrowsAsync<CommandFailedException>(() => LockFile.ReadAsync(folder["lock"], TestContext.Current.CancellationToken));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }
}
