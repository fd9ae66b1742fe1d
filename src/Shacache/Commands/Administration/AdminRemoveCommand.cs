using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Retention;

namespace Shacache.Cli.Commands.Administration;

internal sealed class AdminRemoveCommand : StoreCommand
{
    private readonly ContentOptions _content = new();
    private readonly Option<bool> _withContent = new("--content") { Description = "With --key: remove the objects, too, that only these entries name." };
    private readonly Option<bool> _block = new("--block") { Description = "Refuse it from now on: from every account, upstream and gateway." };

    public AdminRemoveCommand()
        : base("remove", "Remove an object, or the entries of a key.")
    {
        AddAll(_content.Digest, _content.Key, _withContent, _block, _content.Reason);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache admin remove --digest b97dbf90c6… --block --reason 'contains a private key'",
        "shacache admin remove --key file-urlmd5:0cc175b9c0f1b6a831c399e269772661 --content",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "When the command ends, no request gets it any more, and neither a restart nor a crash brings it back. Running downloads finish.",
        "With --digest, entries that name the object are no longer listed, until it is stored again. With --key, the entries are deleted; --key and --digest together delete those that name the object.",
        "Without --block, an upload may bring it back, and a server with upstreams may fetch it again: that is how one object is renewed.",
        "Removal wins over pins. It is in the audit log, with who and why. Exit code 3: nothing was there (with --block, it is blocked all the same).",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        (string? digest, string? key) = (_content.FindDigest(arguments), _content.FindKey(arguments));
        if (digest is null && key is null)
            throw new CommandFailedException(ExitCode.Usage, "say what to remove: --digest DIGEST, --key KEY, or both for the entries of the key that name the object.");
        if (arguments.GetValue(_withContent) && key is null)
            throw new CommandFailedException(ExitCode.Usage, "--content is for the entries of a key (--key).");
        if (arguments.GetValue(_block) && digest is not null && key is not null)
            throw new CommandFailedException(ExitCode.Usage, "--block refuses an object or a key: give --digest or --key with it, not both.");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var content = new ContentAdministration(server);
        bool isBlocked = arguments.GetValue(_block);
        RemovalDocument removed = await content.RemoveAsync(
            new RemovalOrderDocument(_content.FindDigest(arguments), _content.FindKey(arguments), arguments.GetValue(_withContent), isBlocked, arguments.GetValue(_content.Reason)),
            cancellationToken);
        bool wasThere = removed.Entries + removed.Objects > 0;
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject { ["entries"] = removed.Entries, ["objects"] = removed.Objects, ["blocked"] = isBlocked }));
        }
        else
        {
            string what = wasThere
                ? $"Removed: {Counted.Of(removed.Objects, "object")}; {Counted.Of(removed.Entries, "entry", "entries")} no longer listed."
                : "Nothing of it was here.";
            Console.Out.WriteLine(isBlocked ? $"{what} It is refused from now on." : what);
        }

        return wasThere || isBlocked ? ExitCode.Done : ExitCode.NotFound;
    }
}
