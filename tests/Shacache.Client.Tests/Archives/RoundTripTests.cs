using Shacache.Client.Archives;

namespace Shacache.Client.Tests.Archives;

public sealed class RoundTripTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SoftwareExtractor _extractor = new(new ExtractionOptions { AllowSetId = true });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ExtractAsync_ArchiveOfEverything_BringsEverythingBack()
    {
        string release = _folder["software"], target = _folder["elsewhere/software"];
        SampleRelease.Create(release);
        Directory.CreateDirectory(_folder["elsewhere"]);

        ArchiveSummary written = await ArchiveAsync(release, _folder["archive"]);
        ExtractionSummary extracted;
        await using (FileStream archive = File.OpenRead(_folder["archive"]))
            extracted = await _extractor.ExtractAsync(archive, target, null, TestContext.Current.CancellationToken);

        Assert.Equal(TreeSnapshot.Read(release), TreeSnapshot.Read(target));
        Assert.Empty(written.Warnings);
        Assert.Equal(written.Entries, extracted.Entries);
        Assert.Equal(written.ContentBytes, extracted.ContentBytes);
        // The holes of nine gibibytes were neither read nor stored.
        Assert.InRange(written.CompressedBytes, 5_000_000, 6_000_000);
        Assert.Equal([target], Directory.GetFileSystemEntries(_folder["elsewhere"]));
    }

    [Fact]
    public async Task WriteAsync_ReadByGnuTar_BringsEverythingBack()
    {
        string release = _folder["software"];
        SampleRelease.Create(release);
        Directory.CreateDirectory(_folder["elsewhere"]);

        await ArchiveAsync(release, _folder["archive"]);
        await Programs.RunAsync("tar", "-xzpf", _folder["archive"], "-C", _folder["elsewhere"]);

        Assert.Equal(TreeSnapshot.Read(release), TreeSnapshot.Read(_folder["elsewhere/software"]));
    }

    [Theory]
    [InlineData("posix")]
    [InlineData("gnu")]
    public async Task ExtractAsync_WrittenByGnuTar_BringsEverythingBack(string format)
    {
        string release = _folder["software"];
        SampleRelease.Create(release);
        Directory.CreateDirectory(_folder["elsewhere"]);

        await Programs.RunAsync("tar", "-czSf", _folder["archive"], $"--format={format}", "-C", _folder.Path, "software");
        await using (FileStream archive = File.OpenRead(_folder["archive"]))
            await _extractor.ExtractAsync(archive, _folder["elsewhere/software"], null, TestContext.Current.CancellationToken);

        List<string> expected = TreeSnapshot.Read(release), actual = TreeSnapshot.Read(_folder["elsewhere/software"]);
        // GNU's own format has whole seconds.
        if (format == "gnu")
            (expected, actual) = (WithoutFractions(expected), WithoutFractions(actual));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task WriteAsync_UnchangedFolder_GivesTheSameBytesOnAnyNumberOfCores()
    {
        SampleRelease.Create(_folder["software"]);

        await ArchiveAsync(_folder["software"], _folder["one"], workers: 1);
        await ArchiveAsync(_folder["software"], _folder["four"], workers: 4);

        Assert.Equal(File.ReadAllBytes(_folder["one"]), File.ReadAllBytes(_folder["four"]));
    }

    private static List<string> WithoutFractions(List<string> lines) =>
        [.. lines.Select(line => string.Join(' ', line.Split("Nanoseconds = ").Select((part, i) => i == 0 ? part : part.TrimStart([.. "0123456789"]))))];

    private static async Task<ArchiveSummary> ArchiveAsync(string folder, string path, int workers = 2)
    {
        await using FileStream archive = File.Create(path);
        return await new SoftwareArchiver(new ArchiveOptions { Workers = workers }).WriteAsync(folder, archive, null, TestContext.Current.CancellationToken);
    }
}
