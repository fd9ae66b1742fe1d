using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Entries.Sqlite.Tests;

/// <summary>A database file of each version of the schema is kept beside the tests: what was written once stays readable.</summary>
public sealed class PinnedDatabaseTests
{
    private static readonly EntryKey Key = EntryKey.Create("file-urlmd5:é");
    private static readonly string Plain = $$"""{"sha512": "{{Digest.Empty}}"}""";
    private static readonly string Accented = $$"""{"sha512": "{{Digest.Empty}}", "url": "http://example.org/caf\u00e9 é"}""";
    private static readonly string Expiring = $$"""{"sha512": "{{Digest.Empty}}", "expiration_date": "2100-01-01T00:00:00"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Versions() => [.. Enumerable.Range(1, Migration.Latest)];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task OpenAsync_DatabaseOfThatVersion_IsRead(int version)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "pinned", $"schema-{version}.db"), folder["shacache.db"]);
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(folder["shacache.db"], new ManualTimeProvider(), Token);

        Assert.Equal(
            [(Accented, "AAECAw=="), (Plain, "AAEC\nAw=="), (Plain, "")],
            (await database.Entries.ListAsync(Key, Token)).Select(stored => (stored.Entry.Information, stored.Entry.Signature)));
        StoredEntry expiring = Assert.Single(await database.Entries.ListAsync(EntryKey.Create("expiring"), Token));
        Assert.Equal(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), expiring.Entry.ExpiresAt);
        Assert.Equal(new ManualTimeProvider().GetUtcNow(), expiring.AddedAt);
        Assert.Equal(EntryAddition.AlreadyListed, await database.Entries.AddAsync(Key, EntryGenerators.Entry(Accented, "AAECAw=="), Token));
        Assert.Equal(42, (await database.BlobIndex.FindAsync(Digest.Empty, Token))?.LengthBytes);
        Assert.Equal(new BlobTotals(1, 42), await database.BlobIndex.CountAsync(Token));
    }

    /// <summary>Run by hand, once, when the schema gets a new version: <c>-explicit only -method "*Write_NewVersion*"</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Write_NewVersion_IsPinned()
    {
        string path = Path.Combine(Repository.Root, "tests", "Shacache.Entries.Sqlite.Tests", "pinned", $"schema-{Migration.Latest}.db");
        Assert.False(File.Exists(path), $"{path} is there: a pinned file never changes.");
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(path, new ManualTimeProvider(), Token);
        await database.Entries.AddAsync(Key, EntryGenerators.Entry(Plain, ""), Token);
        await database.Entries.AddAsync(Key, EntryGenerators.Entry(Plain, "AAEC\nAw=="), Token);
        await database.Entries.AddAsync(Key, EntryGenerators.Entry(Accented, "AAECAw=="), Token);
        await database.Entries.AddAsync(EntryKey.Create("expiring"), EntryGenerators.Entry(Expiring, ""), Token);
        database.BlobIndex.NoteStored(Digest.Empty, 42);
    }
}
