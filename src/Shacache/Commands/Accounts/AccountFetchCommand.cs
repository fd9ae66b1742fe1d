using System.CommandLine;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Accounts;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountFetchCommand : UploaderCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly TextOption _wait = new("--wait", "TIME", "How long to wait for the operator, such as 1h. Default: not at all.");

    public AccountFetchCommand()
        : base("fetch", "Fetch the certificate of an account that was asked for, once the operator has approved.")
    {
        AddAll(AccountName, Key, Certificate, Server.Url, Server.Authority, _wait, Json);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples => ["shacache account fetch --name build-1 --url https://cache.example.org:8443 --ca ca.crt"];

    public override IReadOnlyList<string> Notes =>
    [
        "An older certificate of the same key is replaced; a file that is anything else is left alone.",
        "Exit code 3: the operator has not approved yet, or has rejected the request.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        (AccountName name, AccountFiles files) = Read(arguments);
        AccountServer server = FindServer(arguments) ?? throw new CommandFailedException(ExitCode.Usage, "say which server has it: --url URL.");
        TimeSpan wait = ReadTime(arguments, _wait, "30s, 10m or 2h") ?? TimeSpan.Zero;
        using AccountKey key = LoadKey(files.KeyPath);
        string pem = await FetchAsync(server, name, key, wait, cancellationToken);
        await SaveAsync(files, pem, key, cancellationToken);
        Report(arguments, name, files);
        return ExitCode.Done;
    }

    /// <summary>Writes a certificate that came from the server.</summary>
    /// <exception cref="CommandFailedException">It is that of another key, or the file holds something else.</exception>
    public static async Task SaveAsync(AccountFiles files, string pem, AccountKey key, CancellationToken cancellationToken)
    {
        try
        {
            await files.SaveCertificateAsync(pem, key, cancellationToken);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, ErrorReport.LineOf(e), e);
        }
    }

    private static async Task<string> FetchAsync(AccountServer server, AccountName name, AccountKey key, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var client = new AccountClient(server);
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await client.FetchCertificateAsync(key.Fingerprint, cancellationToken) is { } pem)
                    return pem;
            }
            catch (NetworkCacheRefusedException e) when (e.StatusCode == HttpStatusCode.NotFound)
            {
                throw new CommandFailedException(ExitCode.NotFound, $"{e.Message} Ask with 'shacache account request --name {name}'.", e);
            }

            TimeSpan left = wait - TimeProvider.System.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                throw new CommandFailedException(
                    ExitCode.NotFound,
                    $"the request of {name} waits for the operator, who is to compare its fingerprint, {key.Fingerprint.ToSpoken()}. Try again later, or wait with --wait 1h.");
            }

            await Task.Delay(left < Pause ? left : Pause, cancellationToken);
        }
    }

    private void Report(ParseResult arguments, AccountName name, AccountFiles files)
    {
        using X509Certificate2 certificate = files.FindCertificate()!;
        var end = new DateTimeOffset(certificate.NotAfter);
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(CertificateJson(name, files, certificate)));
            return;
        }

        string authority = arguments.GetValue(Server.Authority) is { } ca ? $"\n  shacache-ca-file = {Path.GetFullPath(ca)}\n  shadir-ca-file = {Path.GetFullPath(ca)}" : "";
        Console.Out.WriteLine(
            $"""
             Certificate:  {files.CertificatePath} ({TextTable.Clean(certificate.Subject)}, valid until {AccountCommand.Day(end)}; 'shacache account renew' renews it)

             Next: name it in section [networkcache] of slapos.cfg, beside the https URLs to upload to:
               shacache-cert-file = {Path.GetFullPath(files.CertificatePath)}
               shacache-key-file = {Path.GetFullPath(files.KeyPath)}
               shadir-cert-file = {Path.GetFullPath(files.CertificatePath)}
               shadir-key-file = {Path.GetFullPath(files.KeyPath)}{authority}
             """);
    }

    /// <summary>A certificate that is now in its file.</summary>
    public static JsonObject CertificateJson(AccountName name, AccountFiles files, X509Certificate2 certificate) => new()
    {
        ["name"] = name.Value,
        ["certificate_file"] = Path.GetFullPath(files.CertificatePath),
        ["key_file"] = Path.GetFullPath(files.KeyPath),
        ["fingerprint"] = Fingerprint.OfCertificate(certificate).Value,
        ["valid_until"] = new DateTimeOffset(certificate.NotAfter).ToUniversalTime(),
    };
}
