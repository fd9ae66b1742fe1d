using System.CommandLine;
using System.Globalization;
using System.Text;
using Shacache.Cli.Errors;
using Shacache.Client.Checksums;

namespace Shacache.Cli.Commands.Options;

/// <summary>The options <c>--md5</c>, <c>--sha1</c>, <c>--sha256</c> and <c>--sha512</c>.</summary>
internal sealed class ChecksumOptions(string description)
{
    private readonly CompositeFormat _description = CompositeFormat.Parse(description);
    private Option<string?>[]? _options;

    public IReadOnlyList<Option<string?>> All => _options ??=
    [
        .. Enum.GetValues<ChecksumAlgorithm>().Select(algorithm => new Option<string?>($"--{algorithm.ToString().ToLowerInvariant()}")
        {
            Description = string.Format(CultureInfo.InvariantCulture, _description, algorithm.ToString().ToUpperInvariant()),
            HelpName = "HEX",
        }),
    ];

    /// <summary>The checksums that were given.</summary>
    /// <exception cref="CommandFailedException">One of them is none.</exception>
    public IReadOnlyList<Checksum> Read(ParseResult arguments) =>
    [
        .. All.Select((option, algorithm) => (option.Name, Algorithm: (ChecksumAlgorithm)algorithm, Hex: arguments.GetValue(option)))
            .Where(given => given.Hex is not null)
            .Select(given => Checksum.TryParse(given.Algorithm, given.Hex!, out Checksum? checksum, out string? problem)
                ? checksum
                : throw new CommandFailedException(ExitCode.Usage, $"{given.Name}: {problem}.")),
    ];
}
