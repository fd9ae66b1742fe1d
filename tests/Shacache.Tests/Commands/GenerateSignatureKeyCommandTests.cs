using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Commands;

public sealed class GenerateSignatureKeyCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_Config_MakesBothFilesWhereItSays()
    {
        File.WriteAllText(_folder["slapos.cfg"], $"""
            [slapos]
            computer_id = COMP-42
            [networkcache]
            signature-private-key-file = {_folder["private.pem"]}
            signature-certificate-file = {_folder["public.pem"]}
            """);

        ProgramResult result = (await ShacacheProgram.RunAsync(_folder.Path, "generate-signature-key", "slapos.cfg")).AssertDone();

        string pem = File.ReadAllText(_folder["public.pem"]);
        using var certificate = X509Certificate2.CreateFromPem(pem, File.ReadAllText(_folder["private.pem"]));
        Assert.Equal("CN=COMP-42", certificate.Subject);
        Assert.Equal(3072, certificate.GetRSAPublicKey()!.KeySize);
        Assert.InRange(certificate.NotAfter, DateTime.UtcNow.AddYears(99), DateTime.UtcNow.AddYears(101));
        Assert.Contains("signature-certificate-list =\n  " + pem.TrimEnd().Replace("\n", "\n  ", StringComparison.Ordinal), result.Text, StringComparison.Ordinal);
        Assert.Contains("Next: add the certificate to signature-certificate-list", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OpenUmask_KeyIsItsOwnersOnlyAllTheSame()
    {
        (await ShacacheProgram.RunBashAsync(
            _folder.Path, "umask 0; $SHACACHE generate-signature-key --key-file k --certificate-file c --bits 2048 >/dev/null")).AssertDone();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["k"]));
    }

    [Fact]
    public async Task Run_Json_PrintsWhatWasMade()
    {
        ProgramResult result = (await ShacacheProgram.RunAsync(
            _folder.Path, "generate-signature-key", "--key-file", "k", "--certificate-file", "c", "--common-name", "b", "--bits", "2048", "--json")).AssertDone();
        JsonElement made = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(_folder["k"], made.GetProperty("key_file").GetString());
        Assert.Equal(("b", 2048), (made.GetProperty("common_name").GetString(), made.GetProperty("bits").GetInt32()));
        Assert.Equal(File.ReadAllText(_folder["c"]), made.GetProperty("certificate").GetString());
        using var key = RSA.Create();
        key.ImportFromPem(File.ReadAllText(_folder["k"]));
    }

    [Theory]
    [InlineData("k", "private key")]
    [InlineData("c", "certificate")]
    public async Task Run_OneFileExists_MakesNeither(string existing, string what)
    {
        File.WriteAllText(_folder[existing], "precious");
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "generate-signature-key", "--key-file", "k", "--certificate-file", "c");
        result.AssertFails(1, $"shacache: The {what} {existing} exists and is not overwritten. Nothing was made; move it away first if it is really to be replaced.");
        Assert.Equal([_folder[existing]], Directory.GetFiles(_folder.Path));
        Assert.Equal("precious", File.ReadAllText(_folder[existing]));
    }

    [Fact]
    public async Task Run_DanglingLinkInTheWay_IsNotFollowed()
    {
        File.CreateSymbolicLink(_folder["k"], _folder["elsewhere"]);
        ProgramResult result = await ShacacheProgram.RunAsync(_folder.Path, "generate-signature-key", "--key-file", "k", "--certificate-file", "c");
        Assert.Equal(1, result.ExitCode);
        Assert.False(File.Exists(_folder["elsewhere"]));
        Assert.False(File.Exists(_folder["c"]));
    }

    [Fact]
    public async Task Run_CertificateCannotBeWritten_LeavesNoKey()
    {
        ProgramResult result = await ShacacheProgram.RunAsync(
            _folder.Path, "generate-signature-key", "--key-file", "k", "--certificate-file", "/proc/nowhere", "--bits", "2048");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("shacache: /proc/nowhere cannot be written: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Run_ConfigWithoutPaths_SaysWhichOptionIsMissing()
    {
        File.WriteAllText(_folder["slapos.cfg"], "[networkcache]\n");
        (await ShacacheProgram.RunAsync(_folder.Path, "generate-signature-key", "slapos.cfg")).AssertFails(
            78,
            "shacache: slapos.cfg: section [networkcache] has no signature-private-key-file, so there is no place for the file. Set it, or give --key-file.");
    }

    [Theory]
    [InlineData("say where the files go: name a CFG, or both --key-file and --certificate-file.", "--key-file", "k")]
    [InlineData("A new key has 2048 to 8192 bits, a multiple of 64. Nothing was made.", "--key-file", "k", "--certificate-file", "c", "--bits", "512")]
    [InlineData("--bits needs a whole number, not 'many'.", "--key-file", "k", "--certificate-file", "c", "--bits", "many")]
    [InlineData("A common name has 1 to 64 characters, none of them a control character. Nothing was made.", "--key-file", "k", "--certificate-file", "c", "--common-name", "")]
    public async Task Run_MeaninglessArguments_IsUsage(string message, params string[] arguments)
    {
        (await ShacacheProgram.RunAsync(_folder.Path, ["generate-signature-key", .. arguments])).AssertFails(
            2, $"shacache: {message}\nTry 'shacache generate-signature-key --help'.");
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }
}
