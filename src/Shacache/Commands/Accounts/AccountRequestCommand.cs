using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Accounts;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountRequestCommand : UploaderCommand
{
    private readonly TextOption _request = new("--csr", "FILE", "Without --url: where the certificate request goes. Default: NAME.csr.");

    public AccountRequestCommand()
        : base("request", "Ask for an account: make a private key, which stays here, and a certificate request, which goes to the operator of the cache.")
    {
        AddAll(AccountName, Key, _request, Server.Url, Server.Authority, Json);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache account request --name build-1 --url https://cache.example.org:8443 --ca ca.crt",
        "shacache account request --name build-1        # then send build-1.csr to the operator",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Read the fingerprint to the operator, by telephone: they compare it with the one they see, and so know that the request is yours.",
        "A private key is never overwritten: one that is there already is used. Asking twice for the same key is the same request.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        (AccountName name, AccountFiles files) = Read(arguments);
        AccountServer? server = FindServer(arguments);
        if (server is not null && arguments.GetValue(_request) is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --url or --csr, not both: the request is sent, or written to a file.");
        if (server is null && arguments.GetValue(Server.Authority) is not null)
            throw new CommandFailedException(ExitCode.Usage, "--ca is for a server that --url names.");
        string requestFile = arguments.GetValue(_request) ?? $"{name}.csr";
        bool isNewKey = !Path.Exists(files.KeyPath);
        using AccountKey key = isNewKey ? AccountKey.Create(files.KeyPath) : LoadKey(files.KeyPath);
        string request = key.CreateRequest(name);
        if (server is not null)
            await SendAsync(server, request, cancellationToken);
        else
            await WriteAsync(requestFile, request, key, cancellationToken);

        string spoken = key.Fingerprint.ToSpoken();
        string where = server is null ? requestFile : $"sent to {server.Url}";
        Console.Out.WriteLine(arguments.GetValue(Json)
            ? JsonOutput.Text(new JsonObject
            {
                ["name"] = name.Value,
                ["key_file"] = Path.GetFullPath(files.KeyPath),
                ["key_made"] = isNewKey,
                ["request_file"] = server is null ? Path.GetFullPath(requestFile) : null,
                ["fingerprint"] = key.Fingerprint.Value,
                ["spoken"] = spoken,
            })
            : $"""
               Private key:  {files.KeyPath} ({(isNewKey ? "new" : "it was there already")}; it never leaves this machine)
               Request:      {where}
               Fingerprint:  {spoken}

               Next: read the fingerprint to the operator of the cache, who sees it with 'shacache account list'. Once it is approved:
                 shacache account fetch --name {name} --url {server?.Url.ToString() ?? "https://…"}{(arguments.GetValue(Server.Authority) is { } ca ? $" --ca {ca}" : "")}
               """);
        return ExitCode.Done;
    }

    private static async Task SendAsync(AccountServer server, string request, CancellationToken cancellationToken)
    {
        using var client = new AccountClient(server);
        try
        {
            await client.RequestAsync(request, cancellationToken);
        }
        catch (NetworkCacheRefusedException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw new CommandFailedException(ExitCode.Error, $"{e.Message} Has its operator run 'shacache account init'?", e);
        }
    }

    /// <summary>A request for the same key may be written again, as its signature differs each time; nothing else is overwritten.</summary>
    private static async Task WriteAsync(string path, string request, AccountKey key, CancellationToken cancellationToken)
    {
        if (!Path.Exists(path))
        {
            PemFile.Create(path, request, isSecret: false);
            return;
        }

        if (!SigningRequest.TryParse(await File.ReadAllTextAsync(path, cancellationToken), out SigningRequest? present, out _) || present.KeyFingerprint != key.Fingerprint)
            throw new CommandFailedException(ExitCode.Error, $"{path} exists, and is no request of this key; it is not overwritten. Name another file with --csr.");
        await PemFile.ReplaceAsync(path, request, cancellationToken);
    }
}
