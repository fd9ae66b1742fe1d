using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Configuration;
using Shacache.Client.Signing;
using Shacache.Core.Signing;

namespace Shacache.Cli.Commands.Entries;

internal sealed class GenerateSignatureKeyCommand : DocumentedCommand
{
    private readonly Argument<string?> _config = new("CFG")
    {
        Description = "A slapos.cfg: signature-private-key-file and signature-certificate-file say where the files go, computer_id who signs. Default: as for other commands.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly TextOption _keyFile = new("--key-file", "--signature-private-key-file", "FILE", "Where the private key goes, instead of what CFG says.");

    private readonly TextOption _certificateFile = new("--certificate-file", "--signature-certificate-file", "FILE", "Where the certificate goes, instead of what CFG says.");

    private readonly TextOption _commonName = new("--common-name", "NAME", "Who signs: the name in the certificate, instead of computer_id of CFG; without either, the name of this machine.");

    private readonly Option<int> _bits = new("--bits")
    {
        Description = $"Length of the RSA key: {SigningKey.MinGeneratedBits} to {SigningKey.MaxGeneratedBits}, a multiple of 64.",
        HelpName = "N",
        DefaultValueFactory = _ => SigningKey.DefaultBits,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a JSON object instead of text." };

    public GenerateSignatureKeyCommand()
        : base("generate-signature-key", "Make the private key that signs what this machine uploads, and the certificate by which others trust it.")
    {
        AddAll(_config, _keyFile, _certificateFile, _commonName, _bits, _json);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache generate-signature-key /etc/opt/slapos/slapos.cfg",
        "shacache generate-signature-key --key-file signature.key --certificate-file signature.cert --common-name builder-1",
    ];

    public override IReadOnlyList<string> Notes =>
        ["The key is readable by its owner only. The certificate is valid for 100 years. Neither file is ever overwritten."];

    private int Run(ParseResult arguments)
    {
        string? config = arguments.GetValue(_config);
        if (config is null && (arguments.GetValue(_keyFile) is null || arguments.GetValue(_certificateFile) is null))
        {
            config = ConfigFileOption.FindDefault() ?? throw new CommandFailedException(
                ExitCode.Usage, "say where the files go: name a CFG, or both --key-file and --certificate-file.");
        }

        NetworkCacheOptions options = config is null ? new NetworkCacheOptions() : NetworkCacheOptions.Load(config);
        string keyFile = arguments.GetValue(_keyFile) ?? options.SignaturePrivateKeyFile
            ?? throw Missing(config, "signature-private-key-file", "--key-file");
        string certificateFile = arguments.GetValue(_certificateFile) ?? options.SignatureCertificateFile
            ?? throw Missing(config, "signature-certificate-file", "--certificate-file");
        string commonName = arguments.GetValue(_commonName) ?? options.ComputerId ?? Environment.MachineName;
        int bits = arguments.GetValue(_bits);

        string certificate;
        try
        {
            certificate = new SigningKeyFiles(keyFile, certificateFile).Create(bits, commonName, TimeProvider.System.GetUtcNow());
        }
        catch (ArgumentException e)
        {
            throw new CommandFailedException(ExitCode.Usage, $"{ErrorReport.LineOf(e)} Nothing was made.", e);
        }

        Console.Out.WriteLine(arguments.GetValue(_json)
            ? JsonOutput.Text(new JsonObject
            {
                ["key_file"] = Path.GetFullPath(keyFile),
                ["certificate_file"] = Path.GetFullPath(certificateFile),
                ["common_name"] = commonName,
                ["bits"] = bits,
                ["certificate"] = certificate,
            })
            : $"""
               Private key:  {keyFile} (RSA, {bits} bits; only its owner can read it: keep it so)
               Certificate:  {certificateFile} (CN={commonName})

               Next: add the certificate to signature-certificate-list, section [networkcache], in the slapos.cfg of this
               machine and of every node that is to trust what it uploads. Indented as it is here:

               signature-certificate-list =
                 {certificate.TrimEnd().ReplaceLineEndings("\n  ")}
               """);
        return ExitCode.Done;
    }

    private static CommandFailedException Missing(string? config, string option, string flag) => new(
        ExitCode.Configuration, $"{config}: section [networkcache] has no {option}, so there is no place for the file. Set it, or give {flag}.");
}
