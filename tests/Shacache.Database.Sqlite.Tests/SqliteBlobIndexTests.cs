using Shacache.Core.Blobs;
using Shacache.Database.Sqlite.Engine;
using Shacache.Testing;
using Shacache.Testing.Blobs;

namespace Shacache.Database.Sqlite.Tests;

public sealed class SqliteBlobIndexTests : BlobIndexContract
{
    private readonly SqliteTestDatabase _backend = new();

    protected override TestDatabase Backend => _backend;

    [Fact]
    public async Task FlushAsync_ManyDigests_AreWrittenInTheirOrder()
    {
        const int Count = 10_000;
        for (int i = 0; i < Count; i++)
            Notes.NoteStored(Digest.Compute(BitConverter.GetBytes(i)), 1);
        await Notes.FlushAsync(TestContext.Current.CancellationToken);
        List<Digest> written = [];
        using Connection reader = Connection.Open(_backend.FilePath, 1000);
        using Statement select = reader.Prepare("SELECT digest FROM blobs ORDER BY id");
        while (select.Step())
            written.Add(new Digest(select.Bytes(0)));
        Assert.Equal(Count, written.Count);
        Assert.Equal(written.Order(), written);
    }
}
