using System.Globalization;
using System.Text.RegularExpressions;
using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Database.PostgreSql;
using Shacache.Testing.PostgreSql;

namespace Shacache.Benchmarks.Nodes;

/// <summary>The directory of a node, over PostgreSQL: its PUTs against one insert and commit each by pgbench, and both against a server with SQLite.</summary>
internal sealed partial class NodeEntryBenchmarks : IBenchmark
{
    private const string Put = "nodes-shadir-put-64";
    private const string PutSqlite = "nodes-shadir-put-64-sqlite";
    private const string Get = "nodes-shadir-get";
    private const int Writers = 64;
    private const string Table = "pgbench_entry";

    /// <summary>It counts the time in which its clients connect.</summary>
    private const int PgbenchSeconds = 5;

    public IReadOnlyList<string> Ids { get; } = [Put, PutSqlite, Get];

    public void Run(BenchmarkSession session)
    {
        using var engines = new NodeEngines(session);
        int entries = session.Settings.Entries;
        using OurServers nodes = engines.StartNodes("nodes-entries", uri => FillAsync(uri, entries, session.CancellationToken).GetAwaiter().GetResult());
        const string Embedded = "nodes-embedded";
        EntryFill.RunAsync(session.NewFolder(Embedded), entries, session.CancellationToken).GetAwaiter().GetResult();
        foreach (OurProgram program in session.Programs)
        {
            string data = Directory.CreateDirectory(OurServers.DataFolder(session, Embedded, program)).FullName;
            File.Copy(session.PathOf($"{Embedded}/{ShacacheServer.DatabaseFile}"), Path.Combine(data, ShacacheServer.DatabaseFile));
        }

        session.Settle();
        using var embedded = new OurServers(session, Embedded);
        string stored = $"{entries:#,##0} entries";
        session.Measure(Get, () => Compare(session, Get, $"shadir GET, PostgreSQL, {stored}", nodes, embedded, server => EntryBenchmarks.GetPlan(server, entries), settle: false));
        session.Measure(PutSqlite, () => Compare(
            session, PutSqlite, $"shadir PUT, PostgreSQL, {Writers} writers", nodes, embedded, server => EntryBenchmarks.PutPlan(server, Writers), settle: true));
        session.Measure(Put, () => CompareWithPgbench(session, nodes, engines.Database));
    }

    private static Measurement Compare(
        BenchmarkSession session, string id, string title, OurServers nodes, OurServers embedded, Func<ShacacheServer, LoadPlan> plan, bool settle)
    {
        IReadOnlyList<SideResult> results = Comparison.Run(
            session,
            [.. nodes.All.Concat(embedded.All).Select(server => new Side(server, plan(server), session.CancellationToken))],
            result => result.RequestsPerSecond,
            settle);
        return new Measurement
        {
            Id = id,
            Title = title,
            Unit = "req/s",
            Against = "SQLite",
            Programs = [.. session.Programs.Select((program, i) => Comparison.Result(program, results[i], results[i + nodes.All.Count]))],
        };
    }

    private static Measurement CompareWithPgbench(BenchmarkSession session, OurServers nodes, PostgreSqlServer database)
    {
        database.RunSqlAsync("postgres", $"CREATE TABLE {Table} (id bigserial PRIMARY KEY, key text COLLATE \"C\" NOT NULL, information text NOT NULL, signature text NOT NULL); CREATE INDEX ON {Table} (key)")
            .GetAwaiter().GetResult();
        string script = session.PathOf("pgbench.sql");
        File.WriteAllText(
            script,
            // No colon in a text: pgbench would take a variable for it.
            $"\\set number random(1, 1000000000000)\nINSERT INTO {Table} (key, information, signature) VALUES ('file-urlmd5-bench' || cast(:number AS text), '{new string('i', 440)}', '{new string('s', 512)}');\n");
        double Pgbench()
        {
            session.Settle();
            string output = CommandTurn.Run(
                Path.Join(PostgreSqlServer.Programs, "pgbench"), "-n", "-h", database.SocketFolder, "-U", PostgreSqlServer.User, "-M", "prepared", "-c", $"{Writers}", "-j", "2",
                "-T", $"{PgbenchSeconds}", "-f", script, "postgres").Output;
            return Transactions().Match(output) is { Success: true } match
                ? double.Parse(match.Groups["rate"].Value, CultureInfo.InvariantCulture)
                : throw new LoadException($"pgbench counted nothing: {output.ReplaceLineEndings(" ")}");
        }

        double Node(ShacacheServer server)
        {
            session.Settle();
            return LoadGenerator.Run(EntryBenchmarks.PutPlan(server, Writers), session.Settings.Window, session.CancellationToken).RequestsPerSecond;
        }

        // The first requests take long where others have the disk.
        foreach (ShacacheServer server in nodes.All)
            LoadGenerator.Run(EntryBenchmarks.PutPlan(server, Writers), 10 * session.Settings.WarmUp, session.CancellationToken);
        IReadOnlyList<IReadOnlyList<double>> rates = Turns.Take(
            session, session.Settings.Rounds, [.. nodes.All.Select(server => (Func<double>)(() => Node(server))), Pgbench]);
        return new Measurement
        {
            Id = Put,
            Title = $"shadir PUT, PostgreSQL, {Writers} writers",
            Unit = "req/s",
            Against = "pgbench insert",
            Programs = [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, rates[i], rates[^1]))],
        };
    }

    /// <summary>Adds the entries that <see cref="EntryFill"/> adds to the other one.</summary>
    private static async Task FillAsync(string uri, int entries, CancellationToken cancellationToken)
    {
        PostgreSqlAddress address = PostgreSqlAddress.TryParse(uri, out PostgreSqlAddress? parsed, out string? problem) ? parsed : throw new LoadException(problem);
        await using var database = new PostgreSqlDatabase(new PostgreSqlOptions(address), TimeProvider.System);
        await EntryFill.RunAsync(database.Entries, entries, cancellationToken);
    }

    [GeneratedRegex(@"^tps = (?<rate>[0-9.]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Transactions();
}
