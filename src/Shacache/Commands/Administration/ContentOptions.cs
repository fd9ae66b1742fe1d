using System.CommandLine;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Administration;

/// <summary>The options that say which content is meant.</summary>
internal sealed class ContentOptions
{
    public TextOption Digest { get; } = new("--digest", "DIGEST", "The object, by its SHA-512: 128 hexadecimal digits.");

    public TextOption Key { get; } = new("--key", "KEY", "What is under this key.");

    public TextOption Reason { get; } = new("--reason", "TEXT", "Why. It is in the audit log, and clients that are refused are told.");

    /// <summary>The digest that was given, in small letters; null for none.</summary>
    /// <exception cref="CommandFailedException">It is no digest.</exception>
    public string? FindDigest(ParseResult arguments) => arguments.GetValue(Digest) is not { } text ? null
        : Core.Blobs.Digest.TryParse(text.Trim(), out Digest digest) ? digest.ToString()
        : throw new CommandFailedException(ExitCode.Usage, "--digest: that is no SHA-512, which has 128 hexadecimal digits.");

    /// <summary>The key that was given; null for none.</summary>
    /// <exception cref="CommandFailedException">It is no key.</exception>
    public string? FindKey(ParseResult arguments) => arguments.GetValue(Key) is not { } text ? null
        : EntryKey.TryCreate(text, out EntryKey? key, out string? problem) ? key.Value
        : throw new CommandFailedException(ExitCode.Usage, $"--key: {problem}");

    /// <summary>The digest or the key, of which one must be given.</summary>
    /// <exception cref="CommandFailedException">It is not exactly one, or no such thing.</exception>
    public (string? Digest, string? Key) ReadOne(ParseResult arguments)
    {
        (string? digest, string? key) = (FindDigest(arguments), FindKey(arguments));
        return digest is null == key is null
            ? throw new CommandFailedException(ExitCode.Usage, "say what is meant: --digest DIGEST or --key KEY, one of them.")
            : (digest, key);
    }
}
