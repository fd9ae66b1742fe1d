using System.Net;
using System.Net.Sockets;
using System.Text;
using Shacache.Blobs.FileSystem;
using Shacache.Cli.Running;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Moving;
using Shacache.Core.Retention;
using Shacache.Database.Sqlite;
using Shacache.Database.Sqlite.Moving;
using Shacache.Testing;
using Shacache.Testing.Blobs;
using Shacache.Testing.Ceph;
using Shacache.Testing.PostgreSql;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Moving;

/// <summary>An embedded store with something of everything, a real Ceph and a real PostgreSQL to move it to.</summary>
internal sealed class MoveSite : IAsyncDisposable
{
    public const string Database = "shacache.sqlite";

    /// <summary>More than a copy has made before it is held.</summary>
    public const int ManyObjects = 300;

    /// <summary>What the gateway answers to a copy of some tens of objects.</summary>
    private const int SomeAnswers = 150;

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly PostgreSqlServer _postgreSql;
    private readonly CephServer _ceph;
    private readonly string _prefix = Guid.NewGuid().ToString("N");

    private MoveSite(PostgreSqlServer postgreSql, CephServer ceph, string database)
    {
        (_postgreSql, _ceph, DatabaseName) = (postgreSql, ceph, database);
        File.WriteAllText(_folder["s3"], $"[default]\naws_access_key_id = {CephServer.AccessKey}\naws_secret_access_key = {CephServer.SecretKey}\n");
    }

    public string DatabaseName { get; }

    public string[] Content => ContentAt(_ceph.Port);

    /// <summary>Another place for content.</summary>
    public string[] ContentBelow(string name) => ContentAt(_ceph.Port, name);

    public string[] Rows => ["--database", _postgreSql.UriOf(DatabaseName)];

    public string[] Both => [.. Content, .. Rows];

    /// <summary>The same, by relays from which it can be cut off.</summary>
    public string[] BothAt(RelayPort toCeph, RelayPort toPostgreSql) =>
        [.. ContentAt(toCeph.Number), "--database", $"postgresql://{PostgreSqlServer.User}@127.0.0.1:{toPostgreSql.Number}/{DatabaseName}"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<MoveSite> StartAsync()
    {
        PostgreSqlServer.Require();
        CephServer.Require();
        PostgreSqlServer postgreSql = await PostgreSqlServer.Shared;
        return new MoveSite(postgreSql, await CephServer.Shared, await postgreSql.CreateDatabaseAsync());
    }

    public RelayPort RelayToCeph() => new(new IPEndPoint(IPAddress.Loopback, _ceph.Port));

    /// <summary>A relay that holds a copy in the middle, whatever the speed of the machine, until it is cut or mended.</summary>
    public RelayPort HoldingRelayToCeph()
    {
        RelayPort relay = RelayToCeph();
        relay.HoldAfter(SomeAnswers);
        return relay;
    }

    /// <summary>Waits until a copy stands still in the middle.</summary>
    public async Task WaitForHoldAsync(RelayPort toCeph)
    {
        await toCeph.Held.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.InRange((await ListBucketAsync()).Count, 20, ManyObjects - 1);
    }

    public RelayPort RelayToPostgreSql() => new(new UnixDomainSocketEndPoint(Path.Join(_postgreSql.SocketFolder, ".s.PGSQL.5432")));

    public string PathOf(params string[] names) => _folder[names];

    /// <summary>A command on a terminal of its own.</summary>
    public PseudoTerminal Show(string command) => PseudoTerminal.Start(_folder.Path, command);

    public Task<ProgramResult> MigrateAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, ["admin", "migrate", .. arguments]);

    public Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, arguments);

    public Task<string> AskDatabaseAsync(string sql) => _postgreSql.RunSqlAsync(DatabaseName, sql);

    public Task<ServerProcess> ServeAsync(string data, params string[] options) =>
        ServerProcess.StartAsync(["serve", "--data", PathOf(data), "--listen", "http://127.0.0.1:0", .. options]);

    /// <summary>Everything that the bucket has of this test.</summary>
    /// <param name="below">A name of <see cref="ContentBelow"/>; empty for the usual place.</param>
    public async Task<IReadOnlyList<string>> ListBucketAsync(string below = "")
    {
        List<string> names = [];
        for (string after = "", output = "<IsTruncated>true<"; output.Contains("<IsTruncated>true<", StringComparison.Ordinal); after = names.LastOrDefault() ?? "")
        {
            string from = $"{_prefix}{below}%2Fblobs%2F";
            (int exitCode, output) = await _ceph.AskAsync("GET", $"{CephServer.Bucket}?list-type=2&prefix={from}&start-after={from}{after}");
            Assert.Equal(0, exitCode);
            names.AddRange(output.Split("<Key>").Skip(1).Select(key => key[..key.IndexOf('<')].Split('/')[^1]));
        }

        return names;
    }

    /// <summary>The digests of the files of a data folder.</summary>
    public IReadOnlyList<string> ListFiles(string data) =>
        [.. Directory.GetFiles(PathOf(data, "blobs"), "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Puts something of everything into a folder.</summary>
    /// <param name="data">The folder.</param>
    /// <param name="objects">How many objects.</param>
    /// <param name="stepBytes">By how much each of them is longer than the one before.</param>
    public async Task FillAsync(string data, int objects = 20, int stepBytes = 1000)
    {
        Directory.CreateDirectory(PathOf(data));
        using FileSystemBlobStore files = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = PathOf(data) });
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(PathOf(data, Database), TimeProvider.System, Token);
        DateTimeOffset now = DateTimeOffset.UtcNow;

        // At the same time, so that many become durable at once.
        await Parallel.ForEachAsync(Enumerable.Range(0, objects), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Token }, async (number, token) =>
        {
            byte[] content = PatternStream.Bytes(number == 0 ? 9 << 20 : 100 + (number * stepBytes));
            BitConverter.TryWriteBytes(content, number);
            Digest digest = Digest.Compute(content);
            await files.StoreAsync(digest, content, token);
            await ListAsync(database, $"key:{number % 3}", number, digest);
        });

        var name = AccountName.Create("build-1");
        var certificate = new AccountCertificate(name, Print("certificate"), Print("key"), "0A", now, now.AddDays(1), "pem");
        await database.Accounts.AddRequestAsync(new AccountRequest(name, Print("key"), "pem", now, "192.0.2.1"), AccountRequestLimits.Default, Line(AuditAction.Request, "build-1"), Token);
        await database.Accounts.ApproveAsync(certificate, AccountRights.Uploader, Line(AuditAction.Approve, "build-1"), Token);
        await database.Accounts.AddRequestAsync(new AccountRequest(name, Print("other"), "pem", now, "192.0.2.1"), AccountRequestLimits.Default, Line(AuditAction.Request, "build-1"), Token);
        await database.Accounts.AddTokenAsync(new AccountToken("t1", name, Print("secret"), now, now.AddDays(1)), Line(AuditAction.AddToken, "build-1"), Token);
        await database.Accounts.SetRightsAsync(AccountName.Create("operator"), new AccountRights { MayAdminister = true, IndexPrefixes = ["é,= \\", ""] }, Line(AuditAction.SetRights, "operator"), Token);
        await database.Retention.AddRuleAsync(new ContentRule(RuleKind.Pin, RuleSubject.Of(EntryKey.Create("key:1")), now, null, "op", ""), Line(AuditAction.Pin, "key:1"), Token);
        await database.Retention.AddRuleAsync(
            new ContentRule(RuleKind.Block, RuleSubject.Of(Digest.Compute([9])), now, now.AddDays(9), "op", "why"), Line(AuditAction.Block, Digest.Compute([9]).ToString()), Token);
    }

    /// <summary>Lists an entry as a server does.</summary>
    public static async Task ListAsync(SqliteDatabase database, string key, int number, Digest digest)
    {
        Assert.True(SignedEntry.TryCreate($$"""{"sha512": "{{digest}}", "number": "{{number}} \u00e9"}""", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{number}")), out SignedEntry? entry, out _));
        await database.AddEntryAsync(EntryKey.Create(key), entry, null, Line(AuditAction.Index, key), default, Token);
    }

    /// <summary>Asserts that two data folders have the same rows, those of <paramref name="isCompared"/>.</summary>
    public async Task AssertSameRowsAsync(string one, string other, Func<MovedTable, bool>? isCompared = null)
    {
        using SqliteRows ones = await SqliteRows.OpenAsync(PathOf(one, Database), Token);
        using SqliteRows others = await SqliteRows.OpenAsync(PathOf(other, Database), Token);
        foreach (MovedTable table in MovedTables.All.Where(isCompared ?? (_ => true)))
            Assert.Equal((table.Name, await TextAsync(ones, table)), (table.Name, await TextAsync(others, table)));
    }

    /// <summary>Uploads content that differs by its seed.</summary>
    /// <returns>Its path.</returns>
    public async Task<string> UploadAsync(ServerProcess server, int lengthBytes, int seed)
    {
        byte[] content = PatternStream.Bytes(lengthBytes);
        BitConverter.TryWriteBytes(content, -seed);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Url, "/shacache")) { Content = new ByteArrayContent(content) };
        using HttpResponseMessage answer = await _http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return $"/shacache/{Digest.Compute(content)}";
    }

    public static AuditEntry Line(AuditAction action, string subject) => new(DateTimeOffset.UtcNow, "op", action, subject, "local", "");

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _postgreSql.DropDatabaseAsync(DatabaseName);
        _folder.Dispose();
    }

    private string[] ContentAt(int port, string below = "") =>
        ["--content", $"s3://{CephServer.Bucket}/{_prefix}{below}", "--s3-endpoint", $"http://127.0.0.1:{port}", "--s3-credentials-file", _folder["s3"]];

    private static Fingerprint Print(string text) => Fingerprint.Of(Encoding.UTF8.GetBytes(text));

    private static async Task<string> TextAsync(SqliteRows rows, MovedTable table)
    {
        var text = new StringBuilder();
        for (MovedRow? last = null; await rows.ReadAsync(table, last, Token) is { Count: > 0 } page; last = page[^1])
        {
            foreach (MovedRow row in page)
                text.AppendJoin('|', row.Values.Select(value => value is byte[] bytes ? Convert.ToHexString(bytes) : $"{value}")).Append('\n');
        }

        return text.ToString();
    }
}
