using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.Sqlite.Engine;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.Sqlite.Tests;

/// <summary>A database file of each version of the schema is kept beside the tests: what was written once stays readable.</summary>
public sealed class PinnedDatabaseTests
{
    private static readonly EntryKey Key = EntryKey.Create("file-urlmd5:é");
    private static readonly string Plain = $$"""{"sha512": "{{Digest.Empty}}"}""";
    private static readonly string Accented = $$"""{"sha512": "{{Digest.Empty}}", "url": "http://example.org/caf\u00e9 é"}""";
    private static readonly string Expiring = $$"""{"sha512": "{{Digest.Empty}}", "expiration_date": "2100-01-01T00:00:00"}""";

    private static readonly AccountName Account = AccountName.Create("build-1");
    private static readonly AccountRights Rights = new() { MayUpload = true, IndexPrefixes = ["a-", "é"], MaxBytesPerDay = 1000 };
    private static readonly Fingerprint Print = Fingerprint.Of("key"u8);
    private static readonly DateTimeOffset Now = new ManualTimeProvider().GetUtcNow();

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
        Assert.Equal(["expiring", Key.Value], (await database.Entries.ListKeysAsync(new KeyQuery(), Token)).Keys.Select(key => key.Value));
        Assert.Equal(new BlobTotals(1, 42), await database.BlobIndex.CountAsync(Token));
        if (version >= 2)
            await AssertAccountsAsync(database);
        if (version >= 3)
            await AssertUpstreamsAsync(database);
        Assert.Equal(Rights, (await database.Accounts.SetRightsAsync(AccountName.Create("new"), Rights, Audit(AuditAction.SetRights), Token)).Rights);
    }

    /// <summary>Run by hand, once, when the schema gets a new version: <c>-explicit only -method "*Write_NewVersion*"</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Write_NewVersion_IsPinned()
    {
        string path = Path.Combine(Repository.Root, "tests", "Shacache.Database.Sqlite.Tests", "pinned", $"schema-{Migration.Latest}.db");
        Assert.False(File.Exists(path), $"{path} is there: a pinned file never changes.");
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(path, new ManualTimeProvider(), Token);
        await database.Entries.AddAsync(Key, EntryGenerators.Entry(Plain, ""), Token);
        await database.Entries.AddAsync(Key, EntryGenerators.Entry(Plain, "AAEC\nAw=="), Token);
        await database.Entries.AddAsync(Key, EntryGenerators.Entry(Accented, "AAECAw=="), Token);
        await database.Entries.AddAsync(EntryKey.Create("expiring"), EntryGenerators.Entry(Expiring, ""), Token);
        await using (var notes = new BlobNotes(database.BlobIndex, TimeProvider.System))
            notes.NoteStored(Digest.Empty, 42);
        var request = new AccountRequest(Account, Print, "request", Now, "192.0.2.1");
        await database.Accounts.AddRequestAsync(request, AccountRequestLimits.Default, Audit(AuditAction.Request), Token);
        await database.Accounts.ApproveAsync(Certificate, Rights, Audit(AuditAction.Approve), Token);
        await database.Accounts.AddTokenAsync(NewToken, Audit(AuditAction.AddToken), Token);
        await database.Accounts.AddUseAsync([new AccountUseChange(Account, new DateOnly(2026, 1, 2), 60)], Token);
        await database.Accounts.AddRequestAsync(request, AccountRequestLimits.Default, Audit(AuditAction.Request), Token);
        await database.UpstreamListings.ReplaceAsync(UpstreamListing, Token);
        await database.Forwards.AddAsync(["site"], Key, EntryGenerators.Entry(Accented, "AAEC\nAw=="), Token);
        await using IForwardTurn turn = (await database.Forwards.TryTakeTurnAsync("site", Token))!;
        await turn.RefuseAsync((await turn.FindNextAsync(TimeSpan.FromDays(1), Token))!, "problem", Token);
    }

    private static UpstreamListing UpstreamListing =>
        new(Key, [EntryGenerators.Entry(Accented, "AAECAw=="), EntryGenerators.Entry(Expiring, "AAEC\nAw==")], "site", Now, TimeSpan.FromSeconds(1), Now);

    private static AccountCertificate Certificate => new(Account, Fingerprint.Of("certificate"u8), Print, "40AF", Now, Now.AddDays(90), "pem");

    private static AccountToken NewToken => new("id", Account, Fingerprint.Of("secret"u8), Now, Now.AddDays(30));

    private static AuditEntry Audit(AuditAction action) => new(Now, "someone", action, Digest.Empty.ToString(), "local", "detail");

    private static async Task AssertUpstreamsAsync(SqliteDatabase database)
    {
        UpstreamListing listing = Assert.IsType<UpstreamListing>(await database.UpstreamListings.FindAsync(Key, Token));
        Assert.Equal(UpstreamListing.Entries, listing.Entries);
        Assert.Equal(UpstreamListing with { Entries = listing.Entries }, listing);
        List<ForwardItem> items = [];
        await foreach (ForwardItem item in database.Forwards.ListAsync(Token))
            items.Add(item);
        Assert.Equal(
            [
                new ForwardItem(1, "site", Digest.Empty, null, null, Now, 1, Now, Now, "problem"),
                new ForwardItem(2, "site", Digest.Empty, Key, EntryGenerators.Entry(Accented, "AAEC\nAw=="), Now, 0, Now, Now, "Its content was refused: problem"),
            ],
            items);
    }

    private static async Task AssertAccountsAsync(SqliteDatabase database)
    {
        Assert.Equal([new Account(Account, Rights, Now)], await database.Accounts.ListAsync(Token));
        Assert.Equal([Certificate], await database.Accounts.ListCertificatesAsync(Account, Token));
        Assert.Equal(NewToken, await database.Accounts.FindTokenAsync(NewToken.SecretHash, Token));
        Assert.Equal(new AccountRequest(Account, Print, "request", Now, "192.0.2.1"), Assert.Single(await database.Accounts.ListRequestsAsync(Token)));
        Assert.Equal(60, await database.Accounts.FindUseAsync(Account, new DateOnly(2026, 1, 2), Token));
        List<AuditEntry> lines = [];
        await foreach (AuditRecord line in database.AuditLog.ReadAsync(new AuditQuery { NewestFirst = false }, Token))
            lines.Add(line.Entry);
        Assert.Equal([Audit(AuditAction.Request), Audit(AuditAction.Approve), Audit(AuditAction.AddToken), Audit(AuditAction.Request)], lines);
    }
}
