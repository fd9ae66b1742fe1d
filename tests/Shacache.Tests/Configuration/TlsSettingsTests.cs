using System.Collections;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Features;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Tests.Configuration;

public sealed class TlsSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TlsSettingsTests()
    {
        using var authority = new TestAuthority();
        authority.WritePair("a", _folder["a.crt"], _folder["a.key"]);
        authority.WritePair("b", _folder["b.crt"], _folder["b.key"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("https://127.0.0.1:1", "a.crt", "a.key", null)]
    [InlineData("http://127.0.0.1:1 https://[::1]:2 https://localhost:3", "a.crt", "a.key", null)]
    [InlineData("http://127.0.0.1:1 https://127.0.0.1:2", null, null, "--tls-certificate FILE")]
    [InlineData("https://127.0.0.1:1", "none.crt", "a.key", "none.crt' cannot be read")]
    [InlineData("https://127.0.0.1:1", "a.crt", "none.key", "none.key' cannot be read")]
    [InlineData("https://127.0.0.1:1", "a.crt", "b.key", "does not belong to the first certificate")]
    [InlineData("https://127.0.0.1:1", "a.crt", null, "holds no private key")]
    [InlineData("http://127.0.0.1:1", "a.crt", "a.key", "nothing listens on https")]
    [InlineData("http://127.0.0.1:1", null, "a.key", "there is no tls-certificate")]
    [InlineData("https://*:1", "a.crt", "a.key", "--allow-anonymous-upload")]
    [InlineData("https://192.0.2.1:1", "a.crt", "a.key", "--allow-anonymous-upload")]
    public void Read_TlsSettings_AreCheckedTogether(string listen, string? certificate, string? key, string? problem)
    {
        var flags = new Dictionary<string, string> { ["listen"] = listen };
        if (certificate is not null)
            flags["tls-certificate"] = _folder[certificate];
        if (key is not null)
            flags["tls-key"] = _folder[key];

        ServerSettings settings = SettingsReader.Read(flags, new Hashtable(), null, out IReadOnlyList<string> problems);

        if (problem is null)
        {
            Assert.Empty(problems);
            Assert.Equal(listen.Split(' ').Select(url => url.StartsWith("https:", StringComparison.Ordinal)), settings.Host.Listen.Select(address => address.IsTls));
        }
        else
        {
            string line = Assert.Single(problems);
            Assert.Contains(problem, line, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', line);
        }
    }
}
