using System.Diagnostics;
using System.Runtime.InteropServices;
using Shacache.Core.Platforms;

namespace Shacache.Core.Tests.Platforms;

public sealed class PlatformDetectionTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("platform-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("ID=debian\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\n", "x86_64-linux-gnu:debian:12:bookworm")]
    [InlineData("ID=debian\nVERSION_ID=\"8\"\nVERSION=\"8 (jessie)\"\n", "x86_64-linux-gnu:debian:8:jessie")]
    [InlineData("ID=ubuntu\nID_LIKE=debian\nVERSION_ID='14.04'\nVERSION=\"14.04.6 LTS, Trusty Tahr\"\n", "x86_64-linux-gnu:ubuntu:14.04:Trusty Tahr")]
    [InlineData("# comment\n\nNAME=x\nID=\"rocky\"\r\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\nVERSION=\"9.3 (Blue Onyx)\"\n", "x86_64-redhat-linux:rocky:9.3:Blue Onyx")]
    [InlineData("ID=opensuse-leap\nID_LIKE=\"suse opensuse\"\nVERSION_ID=15.5\n", "x86_64-suse-linux:opensuse:15.5:")]
    [InlineData("ID=alpine\nVERSION_ID=3.20.1\n", "x86_64-alpine-linux-musl:alpine:3.20.1:")]
    [InlineData("ID=arch\n", "x86_64-pc-linux-gnu:arch::")]
    [InlineData("", "x86_64-linux-gnu:linux::")]
    public void Detect_OsRelease_GivesWhatTheCompilerAndTheFileSay(string osRelease, string expected) =>
        Assert.Equal(expected, PlatformDetection.Detect(Write(osRelease), Architecture.X64).ToString());

    [Theory]
    [InlineData(Architecture.X64, "x86_64-linux-gnu")]
    [InlineData(Architecture.Arm64, "aarch64-linux-gnu")]
    [InlineData(Architecture.X86, "i686-linux-gnu")]
    [InlineData(Architecture.Ppc64le, "powerpc64le-linux-gnu")]
    [InlineData(Architecture.S390x, "s390x-linux-gnu")]
    [InlineData(Architecture.RiscV64, "riscv64-linux-gnu")]
    [InlineData(Architecture.LoongArch64, "loongarch64-linux-gnu")]
    public void Detect_Debian_NamesEveryProcessorAsTheCompilerDoes(Architecture processor, string expected) =>
        Assert.Equal(expected, PlatformDetection.Detect(Write("ID=debian\nVERSION_ID=12\n"), processor).Multiarch);

    [Theory]
    [InlineData(false, "arm-linux-gnueabihf")]
    [InlineData(true, "arm-linux-gnueabi")]
    public void Name_Arm_DistinguishesTheFloatingPointForms(bool isSoftFloat, string expected) =>
        Assert.Equal(expected, Multiarch.Name(Architecture.Arm, ["debian"], isSoftFloat));

    [Fact]
    public void Detect_DebianTesting_TakesTheVersionFromDebianVersion()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "debian_version"), "trixie/sid\n");

        Assert.Equal("trixie/sid", PlatformDetection.Detect(Write("ID=debian\nVERSION_CODENAME=trixie\n")).Distribution.Version);
    }

    [Fact]
    public void Detect_NoSuchFile_SaysWhatToDo()
    {
        var exception = Assert.Throws<PlatformNotSupportedException>(() => PlatformDetection.Detect(Path.Combine(_folder.FullName, "missing")));
        Assert.Contains(Platform.TextForm, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detect_ThisMachine_AgreesWithItsCompiler()
    {
        if (!File.Exists("/usr/bin/gcc"))
            Assert.Skip("There is no gcc to compare with.");
        using Process gcc = Process.Start(new ProcessStartInfo("/usr/bin/gcc", "-dumpmachine") { UseShellExecute = false, RedirectStandardOutput = true })!;
        string expected = (await gcc.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim();

        Assert.Equal(expected, PlatformDetection.Detect().Multiarch);
    }

    private string Write(string osRelease)
    {
        string path = Path.Combine(_folder.FullName, "os-release");
        File.WriteAllText(path, osRelease);
        return path;
    }
}
