using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Configuration;
using Shacache.Core.Accounts;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountRenewCommand : UploaderCommand
{
    private readonly TextOption _within = new("--within", "TIME", "Do nothing while the certificate is valid for longer than this, such as 30d. Default: always renew.");

    public AccountRenewCommand()
        : base("renew", "Renew the certificate of an account while it is valid. The private key stays.")
    {
        AddAll(AccountName, Key, Certificate, Server.Url, Server.Authority, _within, Json);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
        ["shacache account renew --name build-1 --url https://cache.example.org:8443 --ca ca.crt --within 30d        # daily, by cron or a timer"];

    public override IReadOnlyList<string> Notes =>
    [
        "The file of the certificate is replaced at once: uploads that run meanwhile do not notice. The old certificate is valid until its end.",
        "A certificate that has expired cannot be renewed: 'shacache account request' with the same key asks for another.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        (AccountName name, AccountFiles files) = Read(arguments);
        AccountServer server = FindServer(arguments) ?? throw new CommandFailedException(ExitCode.Usage, "say which server issued it: --url URL.");
        TimeSpan? within = ReadTime(arguments, _within, "30d");
        using AccountKey key = LoadKey(files.KeyPath);
        using (X509Certificate2 old = FindOld(files, name))
        {
            var end = new DateTimeOffset(old.NotAfter);
            TimeSpan left = end - TimeProvider.System.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                throw new CommandFailedException(
                    ExitCode.Error,
                    $"{files.CertificatePath} expired on {AccountCommand.Day(end)} and can no longer be renewed; ask for another: shacache account request --name {name}.");
            }

            if (left > within)
            {
                Report(arguments, name, files, $"still valid until {AccountCommand.Day(end)}; nothing was done");
                return ExitCode.Done;
            }
        }

        server = server with { Tls = new TlsFiles { CertificateFile = files.CertificatePath, KeyFile = files.KeyPath, AuthorityFile = server.Tls.AuthorityFile } };
        using var client = new AccountClient(server);
        string pem = await client.RenewAsync(key.CreateRequest(name), cancellationToken);
        await AccountFetchCommand.SaveAsync(files, pem, key, cancellationToken);
        using X509Certificate2 renewed = files.FindCertificate()!;
        Report(arguments, name, files, $"renewed, valid until {AccountCommand.Day(new DateTimeOffset(renewed.NotAfter))}");
        return ExitCode.Done;
    }

    private static X509Certificate2 FindOld(AccountFiles files, AccountName name)
    {
        try
        {
            return files.FindCertificate()
                ?? throw new CommandFailedException(
                    ExitCode.Error, $"there is no certificate {files.CertificatePath}; fetch it with 'shacache account fetch --name {name}', or name it with --cert.");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, ErrorReport.LineOf(e), e);
        }
    }

    private void Report(ParseResult arguments, AccountName name, AccountFiles files, string what)
    {
        using X509Certificate2 certificate = files.FindCertificate()!;
        Console.Out.WriteLine(arguments.GetValue(Json)
            ? JsonOutput.Text(AccountFetchCommand.CertificateJson(name, files, certificate))
            : $"{files.CertificatePath}: {what}.");
    }
}
