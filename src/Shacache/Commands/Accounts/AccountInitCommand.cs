using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Transfers;
using Shacache.Core.Accounts;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountInitCommand : DocumentedCommand
{
    private const int DefaultDays = 397;

    private readonly Option<string> _data = new("--data")
    {
        Description = "The data folder of the server; made when it is missing.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "data",
    };

    private readonly StoreOptions _stores = new("The configuration file of the server, which names its data folder, and where its authority is (account-ca, account-ca-key).");

    private readonly TextOption _folder = new("--ca-folder", "DIR", "Where the authority's files go, ca.crt and ca.key. Default: where the configuration file says, else the folder ca in the data folder.");

    private readonly TextOption _name = new("--name", "TEXT", "The name of the authority, for people. Default: made of this machine's name.");

    private readonly Option<string[]> _serverNames = new("--server-name")
    {
        Description = "Also make the server's own certificate for HTTPS, for this host name or IP address, which is what clients have in their URLs. May be given several times.",
        HelpName = "HOST",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<int> _days = new("--days")
    {
        Description = "How many days the server's certificate is valid.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultDays,
    };

    private readonly Option<bool> _json = AccountCommand.Json();

    public AccountInitCommand()
        : base("init", "Make the cache's own certificate authority, and with --server-name the server's certificate for HTTPS.")
    {
        AddAll(_data, _stores.Configuration, _folder, _name, _serverNames, _days, _json);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
        ["shacache account init --server-name cache.example.org", "shacache account init --data /srv/shacache --server-name cache.example.org --server-name 192.0.2.7"];

    public override IReadOnlyList<string> Notes =>
    [
        "Run it on the server's machine, as the user who runs the server. From then on uploads need an account; downloads do not.",
        "The authority is valid for ten years and is never overwritten. Back its key up: with it accounts can be made.",
        "With --server-name and an authority that exists, the server's certificate alone is made, or renewed with the key that it has.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        ServerSettings settings = _stores.Read(arguments, _data);
        string data = settings.Host.DataFolder;
        CertificateAuthorityFiles files = arguments.GetValue(_folder) is { } folder
            ? new CertificateAuthorityFiles(Path.Combine(folder, "ca.crt"), Path.Combine(folder, "ca.key"))
            : settings.Accounts.AuthorityFiles(data);
        string[] serverNames = arguments.GetValue(_serverNames) ?? [];
        int days = arguments.GetValue(_days);
        if (days is < 1 or > 3650)
            throw new CommandFailedException(ExitCode.Usage, $"--days: {days} is not from 1 to 3650.");
        bool isNew = !Path.Exists(files.CertificatePath) && !Path.Exists(files.KeyPath);
        if (!isNew && serverNames.Length == 0)
            throw new CommandFailedException(ExitCode.Error, $"there is an authority already, {files.CertificatePath}; it is never overwritten. Nothing was made.");

        try
        {
            using CertificateAuthority authority = isNew ? Make(arguments.GetValue(_name)) : files.Read();
            var server = new ServerCertificateFiles(Path.Combine(data, "tls"));
            // Before a file is written: a name may be wrong.
            string? certificate = serverNames.Length == 0 ? null : server.Issue(authority, serverNames, days);
            if (isNew)
                files.Write(authority);
            if (certificate is not null)
                await server.WriteAsync(certificate, cancellationToken);
            Report(arguments, files, authority, isNew, certificate is null ? null : server, serverNames, days);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or CryptographicException or InvalidOperationException)
        {
            throw new CommandFailedException(ExitCode.Error, ErrorReport.LineOf(e), e);
        }
        catch (ArgumentException e)
        {
            throw new CommandFailedException(ExitCode.Usage, $"{ErrorReport.LineOf(e)} Nothing was made.", e);
        }
    }

    private static CertificateAuthority Make(string? name)
    {
        string usual = $"shacache on {Environment.MachineName}";
        return CertificateAuthority.Create(name ?? usual[..Math.Min(usual.Length, AccountName.MaxLength)], TimeProvider.System);
    }

    private void Report(
        ParseResult arguments, CertificateAuthorityFiles files, CertificateAuthority authority, bool isNew, ServerCertificateFiles? server, string[] names, int days)
    {
        var end = new DateTimeOffset(authority.Certificate.NotAfter);
        string data = arguments.GetRequiredValue(_data);
        string how = arguments.GetValue(_stores.Configuration) is { } file ? $" --config {file}" : data == "data" ? "" : $" --data {data}";
        if (arguments.GetValue(_json))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["ca_certificate_file"] = Path.GetFullPath(files.CertificatePath),
                ["ca_key_file"] = Path.GetFullPath(files.KeyPath),
                ["ca_name"] = authority.Certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
                ["ca_made"] = isNew,
                ["ca_valid_until"] = end.ToUniversalTime(),
                ["server_certificate_file"] = server?.CertificatePath,
                ["server_key_file"] = server?.KeyPath,
            }));
            return;
        }

        var lines = new List<string>
        {
            $"Authority:     {Shown(files.CertificatePath)} ({TextTable.Clean(authority.Certificate.Subject)}, valid until {AccountCommand.Day(end)})",
            $"Its key:       {Shown(files.KeyPath)} (only its owner can read it; back it up, and do not give it away)",
        };
        if (server is not null)
        {
            lines.Add($"HTTPS:         {Shown(server.CertificatePath)} (for {string.Join(", ", names)}; {days} days)");
            lines.Add($"Its key:       {Shown(server.KeyPath)}");
            lines.Add("");
            lines.Add("Next, start the server with it, unless it runs so already:");
            lines.Add(
                $"  shacache serve{how} --listen https://{(names.All(IsLoopback) ? names[0] : "*")}:8443 --tls-certificate {Shown(server.CertificatePath)} --tls-key {Shown(server.KeyPath)}");
            lines.Add($"Every client needs a copy of {Shown(files.CertificatePath)}: shacache-ca-file and shadir-ca-file of slapos.cfg, --ca of these commands.");
        }

        Console.Out.WriteLine(string.Join('\n', lines));
    }

    private static bool IsLoopback(string name) =>
        name == "localhost" || (IPAddress.TryParse(name, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>As it can be typed here: relative when it is below the current folder.</summary>
    private static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFullPath(path) : relative;
    }
}

/// <summary>The server's own certificate for HTTPS and its key, issued by the cache's authority.</summary>
/// <remarks>The key is on curve P-256: every TLS client of the last decade can use it, and a handshake costs a fraction of RSA's.</remarks>
internal sealed class ServerCertificateFiles(string folder)
{
    private string? _newKeyPem;

    public string CertificatePath { get; } = Path.Combine(folder, "server.crt");

    public string KeyPath { get; } = Path.Combine(folder, "server.key");

    /// <summary>Issues a certificate for the key that is there, or for a new one. Writes nothing yet.</summary>
    public string Issue(CertificateAuthority authority, IReadOnlyList<string> names, int days)
    {
        using AsymmetricAlgorithm key = File.Exists(KeyPath) ? Load(File.ReadAllText(KeyPath)) : Make();
        PublicKey publicKey = key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);
        return authority.IssueServer(publicKey, names, TimeSpan.FromDays(days), TimeProvider.System);
    }

    /// <summary>Writes the new key, which is never overwritten, and the certificate, which replaces an older one at once.</summary>
    public async Task WriteAsync(string certificatePem, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        if (_newKeyPem is not null)
            PemFile.Create(KeyPath, _newKeyPem, isSecret: true);
        await PemFile.ReplaceAsync(CertificatePath, certificatePem, cancellationToken);
    }

    private ECDsa Make()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _newKeyPem = key.ExportPkcs8PrivateKeyPem() + "\n";
        return key;
    }

    private AsymmetricAlgorithm Load(string pem)
    {
        foreach (Func<AsymmetricAlgorithm> create in (Func<AsymmetricAlgorithm>[])[ECDsa.Create, RSA.Create])
        {
            AsymmetricAlgorithm key = create();
            try
            {
                key.ImportFromPem(pem);
                return key;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                key.Dispose();
            }
        }

        throw new FormatException($"{KeyPath} holds no private key that can be used: RSA or elliptic curve, PEM, not encrypted.");
    }
}
