using System.CommandLine;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Binaries;
using Shacache.Core.Platforms;

namespace Shacache.Cli.Commands.Binaries;

/// <summary><c>shacache binary</c>: built software releases.</summary>
internal static class BinaryCommand
{
    public static Command Create() =>
        new("binary", "Publish built software releases, and install them without building.") { new BinaryPublishCommand(), new BinaryInstallCommand(), new BinaryCheckCommand() };

    public static Argument<string> SoftwareUrl() => new("SOFTWARE_URL")
    {
        Description = "The URL of the software release, exactly as nodes are configured with it.",
    };

    public static Option<string?> Root() => new("--root")
    {
        Description = "The folder that holds the releases, each in a folder named by the MD5 of its URL. Default: software_root of [slapos].",
        HelpName = "DIR",
    };

    public static Option<string?> Platform() => Platform("What this machine is", "told from os-release and the processor");

    public static Option<string?> Platform(string what, string? byDefault = null) => new("--platform")
    {
        Description = $"{what}, {Core.Platforms.Platform.TextForm}. Default: {byDefault ?? "none is compared"}.",
        HelpName = "PLATFORM",
    };

    /// <exception cref="CommandFailedException">The platform is none.</exception>
    public static BinaryCacheOptions Options(string? root, string? platform) => new()
    {
        SoftwareRoot = root,
        Platform = platform is null ? null : Parse(platform),
    };

    /// <summary>A line for people that is neither the result nor a warning.</summary>
    public static void Say(string line) => Console.Error.WriteLine($"shacache: {ErrorReport.OneLine(line)}");

    private static Platform Parse(string text) =>
        Core.Platforms.Platform.TryParse(text, out Platform? platform, out string? problem)
            ? platform
            : throw new CommandFailedException(ExitCode.Usage, problem);
}
