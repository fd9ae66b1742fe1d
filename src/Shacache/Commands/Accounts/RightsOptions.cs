using System.CommandLine;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>The options that name rights: what is not named is not granted.</summary>
internal sealed class RightsOptions
{
    public Option<bool> Upload { get; } = new("--upload") { Description = "May upload content." };

    public Option<string[]> Index { get; } = new("--index")
    {
        Description = "May list content under keys that begin with PREFIX; '' is every key. May be given several times.",
        HelpName = "PREFIX",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public Option<bool> Administer { get; } = new("--administer") { Description = "May do from afar what the operator does: approve, revoke, read the log." };

    public TextOption Quota { get; } = new("--quota", "SIZE", "How much it may upload in a day of UTC, such as 10GiB. Default: any amount.");

    public void AddTo(Command command)
    {
        command.Add(Upload);
        command.Add(Index);
        command.Add(Administer);
        command.Add(Quota);
    }

    /// <summary>The rights that are named; null when none is.</summary>
    /// <exception cref="CommandFailedException">The quota is no size.</exception>
    public RightsDocument? Find(ParseResult arguments)
    {
        long? bytesPerDay = ReadQuota(arguments.GetValue(Quota));
        bool upload = arguments.GetValue(Upload);
        bool administer = arguments.GetValue(Administer);
        string[] index = arguments.GetValue(Index) ?? [];
        if (!upload && !administer && index.Length == 0)
        {
            return bytesPerDay is null
                ? null
                : throw new CommandFailedException(ExitCode.Usage, "--quota needs --upload: what is not named is not granted.");
        }

        return new RightsDocument(upload, index, administer, bytesPerDay);
    }

    /// <summary>Rights as people read them.</summary>
    public static string Describe(RightsDocument rights)
    {
        List<string> words = [];
        if (rights.Upload)
            words.Add("upload");
        IReadOnlyList<string> index = rights.Index ?? [];
        if (index.Contains(""))
            words.Add("index");
        else if (index.Count > 0)
            words.Add($"index {string.Join(' ', index.Select(prefix => $"{prefix}*"))}");
        if (rights.Administer)
            words.Add("administer");
        return words.Count == 0 ? "none" : string.Join(", ", words);
    }

    /// <summary>A quota as people read it.</summary>
    public static string DescribeQuota(RightsDocument rights) => rights.BytesPerDay is { } bytes ? new ByteSize(bytes).ToString() : "any";

    private static long? ReadQuota(string? text)
    {
        if (text is null)
            return null;
        return ByteSize.TryParse(text, out ByteSize size)
            ? size.Bytes
            : throw new CommandFailedException(ExitCode.Usage, $"--quota: '{TextTable.Clean(text)}' is no size; write it with its unit, such as 10GiB or 500MiB.");
    }
}
