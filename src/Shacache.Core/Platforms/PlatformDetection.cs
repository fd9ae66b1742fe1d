using System.Runtime.InteropServices;

namespace Shacache.Core.Platforms;

/// <summary>Finds out which platform this machine is, from os-release and the processor alone; no compiler is needed.</summary>
public static class PlatformDetection
{
    /// <summary>Where os-release is looked for, in this order (os-release(5)).</summary>
    private static readonly string[] OsReleasePaths = ["/etc/os-release", "/usr/lib/os-release"];

    /// <summary>The platform of this machine.</summary>
    /// <exception cref="PlatformNotSupportedException">There is no os-release, or the processor is unknown; the message says what to do.</exception>
    public static Platform Detect()
    {
        string path = OsReleasePaths.FirstOrDefault(File.Exists)
            ?? throw new PlatformNotSupportedException(
                $"The platform of this machine cannot be told, as {OsReleasePaths[0]} does not exist; give it as {Platform.TextForm}.");
        return Detect(path);
    }

    /// <summary>The platform of this machine's processor with the operating system that a file describes.</summary>
    /// <param name="osReleasePath">A file in the form of os-release(5).</param>
    /// <exception cref="PlatformNotSupportedException">The file cannot be read, or the processor is unknown.</exception>
    public static Platform Detect(string osReleasePath) => Detect(osReleasePath, RuntimeInformation.ProcessArchitecture);

    internal static Platform Detect(string osReleasePath, Architecture processor)
    {
        try
        {
            // Debian's armel and armhf differ by the dynamic loader of the running process alone.
            bool isSoftFloat = processor == Architecture.Arm && !File.Exists("/lib/ld-linux-armhf.so.3") && File.Exists("/lib/ld-linux.so.3");
            return new Platform(Multiarch.Name(processor, OsReleaseFile.ReadFamily(osReleasePath), isSoftFloat), OsReleaseFile.Read(osReleasePath));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PlatformNotSupportedException(
                $"The platform of this machine cannot be told: {e.Message.ReplaceLineEndings(" ")} Give it as {Platform.TextForm}.", e);
        }
    }
}
