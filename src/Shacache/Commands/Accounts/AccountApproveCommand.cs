using System.CommandLine;
using System.Net;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountApproveCommand : OperatorCommand
{
    private readonly Argument<string> _name = AccountCommand.Name();
    private readonly RightsOptions _rights = new();

    private readonly Option<int> _days = new("--days")
    {
        Description = "How many days the certificate is valid.",
        HelpName = "N",
        DefaultValueFactory = _ => (int)CertificateAuthority.DefaultValidity.TotalDays,
    };

    private readonly TextOption _fingerprint = new("--fingerprint", "HEX", "The fingerprint that the sender read to you, or its beginning. Needed when several ask for the same name.");

    private readonly TextOption _request = new("--csr", "FILE", "The certificate request, when it came as a file.");

    private readonly TextOption _output = new("--output", "-o", "FILE", "Also write the certificate to this file, to be sent to the requester.");

    private readonly TextOption _folder = new("--ca-folder", "DIR", "Issue the certificate here, with the authority in this folder (ca.crt, ca.key), when its key is not on the server.");

    public AccountApproveCommand()
        : base("approve", "Grant an account: issue the certificate that is asked for, and say what the account may do.")
    {
        Add(_name);
        _rights.AddTo(this);
        AddAll(_days, _fingerprint, _request, _output, _folder);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache account approve build-1",
        "shacache account approve build-1 --upload --index file-urlmd5: --index pypi: --quota 10GiB --fingerprint '3f5a 09c1'",
        "shacache account approve build-2 --csr build-2.csr --output build-2.crt",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Without --upload, --index and --administer a new account may upload, and index every key; an existing one keeps its rights.",
        "The certificate is no secret. Who asked over the network fetches it with 'shacache account fetch'.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        FingerprintPrefix.Check(arguments.GetValue(_fingerprint), "--fingerprint");
        AccountCommand.ParseName(arguments.GetRequiredValue(_name));
        _rights.Find(arguments);
        if (arguments.GetValue(_output) is { } output)
            PemFile.EnsureFree(output, "certificate");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken)
    {
        AccountName name = AccountCommand.ParseName(arguments.GetRequiredValue(_name));
        string? fingerprint = arguments.GetValue(_fingerprint);
        if (arguments.GetValue(_request) is { } requestFile)
            fingerprint = await SubmitAsync(accounts, requestFile, name, fingerprint, cancellationToken);

        RequestDocument request = await FindRequestAsync(accounts, name, fingerprint, cancellationToken);
        int days = arguments.GetValue(_days);
        string? certificate = arguments.GetValue(_folder) is { } folder ? Issue(folder, request, name, days) : null;
        AccountDocument account;
        try
        {
            account = await accounts.ApproveAsync(
                Parse(request), new ApprovalDocument(name.Value, _rights.Find(arguments), days, certificate), cancellationToken);
        }
        catch (NetworkCacheRefusedException e) when (e.StatusCode == HttpStatusCode.Conflict && certificate is null)
        {
            throw new CommandFailedException(ExitCode.Error, $"{e.Message} --ca-folder names the folder where it is.", e);
        }

        if (arguments.GetValue(_output) is { } output)
            await SaveAsync(accounts, Parse(request), name, output, cancellationToken);
        Report(arguments, request, account);
        return ExitCode.Done;
    }

    /// <summary>Brings a request that came as a file to the server, as its sender would have.</summary>
    /// <returns>Its fingerprint.</returns>
    private static async Task<string> SubmitAsync(
        AccountAdministration accounts, string path, AccountName name, string? expected, CancellationToken cancellationToken)
    {
        SigningRequest? request;
        string? problem;
        try
        {
            if (!SigningRequest.TryParse(await File.ReadAllTextAsync(path, cancellationToken), out request, out problem))
                throw new CommandFailedException(ExitCode.Error, $"--csr: {path}: {problem}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"--csr: {path} cannot be read: {FileTrouble.Explain(e, path)}.", e);
        }

        if (!FingerprintPrefix.Fits(expected, request.KeyFingerprint.Value))
            throw new CommandFailedException(ExitCode.Error, $"{path} has the fingerprint {request.KeyFingerprint.ToSpoken()}, which is not the one that --fingerprint gives. Nothing was approved.");
        ReceiptDocument receipt = await accounts.RequestAsync(request.Pem, cancellationToken);
        return receipt.Name == name.Value
            ? receipt.Fingerprint
            : throw new CommandFailedException(ExitCode.Error, $"{path} asks for the account {receipt.Name}, not {name}. Nothing was approved.");
    }

    private static async Task SaveAsync(
        AccountAdministration accounts, Fingerprint key, AccountName name, string path, CancellationToken cancellationToken)
    {
        string certificate = await accounts.FetchCertificateAsync(key, cancellationToken) ?? "";
        try
        {
            PemFile.Create(path, certificate, isSecret: false);
        }
        catch (IOException e)
        {
            throw new CommandFailedException(
                ExitCode.Error, $"{name} is approved, but not its certificate's file: {ErrorReport.LineOf(e)} 'shacache account fetch' gets the certificate.", e);
        }
    }

    private static string Issue(string folder, RequestDocument request, AccountName name, int days)
    {
        try
        {
            using CertificateAuthority authority = new CertificateAuthorityFiles(Path.Combine(folder, "ca.crt"), Path.Combine(folder, "ca.key")).Read();
            return SigningRequest.TryParse(request.Pem, out SigningRequest? signing, out string? problem)
                ? authority.Issue(signing, name, TimeSpan.FromDays(days), TimeProvider.System).Pem
                : throw new CommandFailedException(ExitCode.Error, problem);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw new CommandFailedException(ExitCode.Error, $"--ca-folder: {folder}: {ErrorReport.LineOf(e)}", e);
        }
    }

    private static Fingerprint Parse(RequestDocument request) => Fingerprint.TryParse(request.Fingerprint, out Fingerprint? fingerprint)
        ? fingerprint
        : throw new CommandFailedException(ExitCode.Error, "the server sent a request without a fingerprint; nothing was approved.");

    private void Report(ParseResult arguments, RequestDocument request, AccountDocument account)
    {
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(AccountJson.Of(account)));
            return;
        }

        DateTimeOffset end = account.Certificates.Where(one => one.KeyFingerprint == request.Fingerprint).Select(one => one.NotAfter).DefaultIfEmpty().Max();
        Console.Out.WriteLine(
            $"""
             Approved:     {account.Name}, certificate valid until {AccountCommand.Day(end)}
             May:          {RightsOptions.Describe(account.Rights)}; {(account.Rights.BytesPerDay is null ? "any amount" : RightsOptions.DescribeQuota(account.Rights))} a day
             Fingerprint:  {request.Spoken}
             If that is not the fingerprint that {account.Name} reads to you: shacache account revoke {account.Name}
             """);
    }
}
