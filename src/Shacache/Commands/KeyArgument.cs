using Shacache.Cli.Errors;
using Shacache.Client.Entries;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands;

/// <summary>The key that <c>--url</c> or <c>--key</c> means.</summary>
internal static class KeyArgument
{
    public static EntryKey? Find(string? url, string? key)
    {
        if (url is not null)
            return EntryKeys.ForUrl(url);
        if (key is null)
            return null;
        return EntryKey.TryCreate(key, out EntryKey? parsed, out string? problem)
            ? parsed
            : throw new CommandFailedException(ExitCode.Usage, $"--key is not a key: {problem}");
    }
}
