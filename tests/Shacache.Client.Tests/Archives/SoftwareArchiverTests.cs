using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Errors;

namespace Shacache.Client.Tests.Archives;

public sealed class SoftwareArchiverTests : IDisposable
{
    // The more workers, the more is read before the first byte is written.
    private static readonly ArchiveOptions OneWorker = new() { Workers = 1 };

    private readonly TemporaryFolder _folder = new();
    private readonly string _release;

    public SoftwareArchiverTests() => _release = Directory.CreateDirectory(_folder["software"]).FullName;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WriteAsync_SocketAndFifo_AreLeftOutAndReported()
    {
        File.WriteAllText(Path.Combine(_release, "file"), "x");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_release, "socket")));
        await Programs.RunAsync("mkfifo", Path.Combine(_release, "fifo"));

        using var archive = new MemoryStream();
        ArchiveSummary summary = await WriteAsync(archive);

        Assert.Equal(["The fifo 'software/fifo' was left out.", "The socket 'software/socket' was left out."], summary.Warnings);
        Assert.Equal(2, summary.Entries);
    }

    [Theory]
    [InlineData("content")]
    [InlineData("longer")]
    [InlineData("shorter")]
    [InlineData("new name")]
    [InlineData("gone")]
    public async Task WriteAsync_SomethingChangesMeanwhile_IsReported(string change)
    {
        string first = Path.Combine(_release, "a"), last = Path.Combine(_release, "z");
        SampleRelease.WriteRandom(first, 12_000_000);
        File.WriteAllText(last, "last");
        // The archive begins to arrive while the first file is still being read: it is longer than all buffers together.
        var destination = new ReactingStream(() =>
        {
            switch (change)
            {
                case "content":
                    using (var file = new FileStream(first, FileMode.Open))
                        file.WriteByte(1);
                    break;
                case "longer":
                    File.AppendAllText(first, "more");
                    break;
                case "shorter":
                    using (var file = new FileStream(first, FileMode.Open))
                        file.SetLength(11_000_000);
                    break;
                case "new name":
                    File.WriteAllText(Path.Combine(_release, "0"), "new");
                    break;
                default:
                    File.Delete(last);
                    break;
            }
        });

        var exception = await Assert.ThrowsAsync<ArchiveException>(() => WriteAsync(destination));

        Assert.Contains(change switch { "new name" => "'software'", "gone" => "software", _ => "'software/a'" }, exception.Message, StringComparison.Ordinal);
        Assert.Contains("changed while", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A change of attributes is no change of content: backups that use hard links may run at any time.</summary>
    [Theory]
    [InlineData("cp", "-al", "{0}", "{1}")]
    [InlineData("chmod", "-R", "u+r", "{0}")]
    [InlineData("chmod", "600", "{0}/a", "{0}/z")]
    public async Task WriteAsync_AttributesChangeMeanwhile_IsArchived(string program, params string[] arguments)
    {
        SampleRelease.WriteRandom(Path.Combine(_release, "a"), 12_000_000);
        File.WriteAllText(Path.Combine(_release, "z"), "last");
        string[] meanwhile = [.. arguments.Select(argument => string.Format(CultureInfo.InvariantCulture, argument, _release, _folder["copy"]))];
        bool happened = false;

        ArchiveSummary summary = await WriteAsync(new ReactingStream(() =>
        {
            using var process = Process.Start(program, meanwhile);
            process.WaitForExit();
            happened = process.ExitCode == 0;
        }));

        Assert.True(happened);
        Assert.Equal((3L, 12_000_004L), (summary.Entries, summary.ContentBytes));
    }

    [Fact]
    public async Task WriteAsync_LinkOutOfTheFolder_IsNotFollowed()
    {
        Directory.CreateDirectory(_folder["secret"]);
        File.WriteAllText(_folder["secret/file"], "secret");
        Directory.CreateSymbolicLink(Path.Combine(_release, "link"), _folder["secret"]);

        Assert.Equal(0, (await WriteAsync(Stream.Null)).ContentBytes);
    }

    [Fact]
    public async Task WriteAsync_SymbolicLinkWithTwoNames_IsWrittenTwice()
    {
        using (SafeFileHandle handle = FileSystemCalls.OpenFolder(_release))
        {
            Assert.Equal(0, FileSystemCalls.TrySymbolicLink("target\0"u8, handle, "one\0"u8));
            Assert.Equal(0, FileSystemCalls.TryLink(handle, "one\0"u8, handle, "two\0"u8));
        }

        using var archive = new MemoryStream();
        await WriteAsync(archive);
        archive.Position = 0;
        Directory.CreateDirectory(_folder["out"]);
        await new SoftwareExtractor().ExtractAsync(archive, _folder["out/software"], null, TestContext.Current.CancellationToken);

        Assert.Equal("target", new FileInfo(_folder["out/software/one"]).LinkTarget);
        Assert.Equal("target", new FileInfo(_folder["out/software/two"]).LinkTarget);
    }

    [Fact]
    public async Task WriteAsync_FolderIsMissing_SaysSo()
    {
        Directory.Delete(_release);

        Assert.Contains("No such file", (await Assert.ThrowsAsync<ArchiveException>(() => WriteAsync(Stream.Null))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_DestinationFails_GivesItsError()
    {
        SampleRelease.WriteRandom(Path.Combine(_release, "a"), 12_000_000);

        var exception = await Assert.ThrowsAsync<IOException>(() => WriteAsync(new ReactingStream(() => throw new IOException("The line is dead."))));
        Assert.Equal("The line is dead.", exception.Message);
    }

    /// <summary>The next block may arrive before the writer's task has ended.</summary>
    [Fact]
    public async Task WriteAsync_DestinationFailsAtOnce_GivesItsErrorEachTime()
    {
        SampleRelease.WriteRandom(Path.Combine(_release, "a"), 4_000_000);
        for (int i = 0; i < 200; i++)
        {
            using var full = new MemoryStream(new byte[i % 12]);
            await Assert.ThrowsAsync<NotSupportedException>(() => WriteAsync(full));
        }
    }

    [Fact]
    public async Task WriteAsync_Cancelled_Stops()
    {
        SampleRelease.WriteRandom(Path.Combine(_release, "a"), 12_000_000);
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new SoftwareArchiver(OneWorker).WriteAsync(_release, new ReactingStream(stop.Cancel), null, stop.Token));
    }

    [Fact]
    public async Task WriteAsync_WithProgress_GrowsToTheSummary()
    {
        SampleRelease.WriteRandom(Path.Combine(_release, "a"), 10_000_000);
        var reports = new List<ArchiveProgress>();

        ArchiveSummary summary = await new SoftwareArchiver().WriteAsync(
            _release, Stream.Null, new ImmediateProgress(reports.Add), TestContext.Current.CancellationToken);

        Assert.True(reports.Count > 5);
        Assert.Equal(reports.OrderBy(report => report.ContentBytes), reports);
        Assert.Equal(new ArchiveProgress(summary.CompressedBytes, summary.ContentBytes, summary.Entries), reports[^1]);
    }

    [Fact]
    public async Task WriteAsync_FileOfNineGibibytes_KeepsItsLengthAndFewBytesOfMemory()
    {
        using (SafeFileHandle handle = FileSystemCalls.OpenFolder(_release))
            SampleRelease.CreateSparse(handle, "huge", SampleRelease.SparseBytes, (SampleRelease.SparseBytes - 1, "x"));
        using var archive = new MemoryStream();
        await WriteAsync(archive);
        archive.Position = 0;
        Directory.CreateDirectory(_folder["out"]);

        await new SoftwareExtractor().ExtractAsync(archive, _folder["out/software"], null, TestContext.Current.CancellationToken);

        Assert.Equal(SampleRelease.SparseBytes, new FileInfo(_folder["out/software/huge"]).Length);
        Assert.True(archive.Length < 10_000);
    }

    private Task<ArchiveSummary> WriteAsync(Stream destination) =>
        new SoftwareArchiver(OneWorker).WriteAsync(_release, destination, null, TestContext.Current.CancellationToken);
}
