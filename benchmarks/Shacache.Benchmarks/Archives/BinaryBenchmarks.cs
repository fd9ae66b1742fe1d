using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Archives;

/// <summary>The commands <c>binary publish</c> and <c>binary install</c> against <c>tar cz | curl</c> and <c>curl | tar xz</c>, with the same server, archive and disk.</summary>
internal sealed class BinaryBenchmarks : IBenchmark
{
    private const string Publish = "binary-publish";
    private const string PublishMemory = "binary-memory-publish";
    private const string Install = "binary-install";
    private const string InstallMemory = "binary-memory-install";
    private const string SoftwareUrl = "https://example.org/software/benchmark/software.cfg";

    public IReadOnlyList<string> Ids { get; } = [Publish, PublishMemory, Install, InstallMemory];

    public void Run(BenchmarkSession session)
    {
        string root = session.NewFolder("binary/root");
#pragma warning disable CA5351 // It names a software release.
        string key = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(SoftwareUrl)));
#pragma warning restore CA5351
        string folder = Path.Combine(root, key);
        GeneratedTree.Write(folder, session.Settings.ArchiveFiles, session.CancellationToken);
        string size = string.Create(CultureInfo.InvariantCulture, $"{session.Settings.ArchiveFiles:#,##0} files");
        using ShacacheServer server = ShacacheServer.Start(session.PathOf("binary/data"), session.CancellationToken);
        string config = WriteConfig(session, server);
        string store = new Uri(server.Url, ShacacheServer.BlobPath).AbsoluteUri;

        if (session.Wants(Publish) || session.Wants(PublishMemory))
        {
            int turn = 0;
            // What is stored already is not sent: each turn has a file that is new.
            void Change() => File.WriteAllText(Path.Combine(folder, "turn"), (++turn).ToString(CultureInfo.InvariantCulture));
            (List<CommandTurn> ours, List<CommandTurn> theirs) = Compare(
                session,
                Change,
                () => CommandTurn.Program("binary", "publish", "-q", "-c", config, "--root", root, SoftwareUrl),
                () => CommandTurn.Shell("set -o pipefail; tar cz -C \"$1\" \"$2\" | curl -sSf -X POST -T - -o /dev/null \"$3\"", root, key, store));
            session.Measure(Publish, () => Times(Publish, $"binary publish, {size}", "tar cz, curl", ours, theirs));
            session.Measure(PublishMemory, () => Memory(PublishMemory, "binary publish, peak memory", ours));
        }

        if (session.Wants(Install) || session.Wants(InstallMemory))
        {
            string digest = CommandTurn.Program("binary", "publish", "-q", "-c", config, "--root", root, SoftwareUrl).Output.Trim();
            string target = "";
            int turn = 0;
            // Nothing is removed before the end: ext4 creates files more slowly for minutes after many were deleted.
            (List<CommandTurn> ours, List<CommandTurn> theirs) = Compare(
                session,
                () => target = session.NewFolder($"binary/installed-{++turn}"),
                () => CommandTurn.Program("binary", "install", "-q", "-c", config, "--root", target, SoftwareUrl),
                () => CommandTurn.Shell("set -o pipefail; curl -sSf \"$1\" | tar xz -C \"$2\"", store + digest, target));
            session.Measure(Install, () => Times(Install, $"binary install, {size}", "curl, tar xz", ours, theirs));
            session.Measure(InstallMemory, () => Memory(InstallMemory, "binary install, peak memory", ours));
        }
    }

    private static string WriteConfig(BenchmarkSession session, ShacacheServer server)
    {
        string config = session.PathOf("binary/slapos.cfg"), key = session.PathOf("binary/key.pem"), certificate = session.PathOf("binary/certificate.pem");
        CommandTurn.Program("generate-signature-key", "--key-file", key, "--certificate-file", certificate, "--common-name", "bench");
        IEnumerable<string> lines = ["[networkcache]", $"signature-private-key-file = {key}", $"signature-certificate-file = {certificate}"];
        foreach (string direction in (string[])["download", "upload"])
        {
            lines = lines.Append($"{direction}-cache-url = {server.Url}shacache").Append($"{direction}-dir-url = {server.Url}shadir");
        }

        File.WriteAllLines(config, lines.Append("signature-certificate-list =").Concat(File.ReadLines(certificate).Select(line => "  " + line)));
        return config;
    }

    private static (List<CommandTurn> Ours, List<CommandTurn> Theirs) Compare(
        BenchmarkSession session, Action prepare, Func<CommandTurn> ours, Func<CommandTurn> theirs)
    {
        List<CommandTurn> ourTurns = [];
        List<CommandTurn> theirTurns = [];
        void Take(List<CommandTurn> turns, Func<CommandTurn> take)
        {
            session.CancellationToken.ThrowIfCancellationRequested();
            prepare();
            session.Settle();
            turns.Add(take());
        }

        for (int round = 0; round < session.Settings.LargeRounds; round++)
        {
            // A B, B A, …: neither profits from its place.
            if (round % 2 == 0)
                Take(ourTurns, ours);
            Take(theirTurns, theirs);
            if (round % 2 == 1)
                Take(ourTurns, ours);
        }

        return (ourTurns, theirTurns);
    }

    private static Measurement Times(string id, string title, string against, List<CommandTurn> ours, List<CommandTurn> theirs) => new()
    {
        Id = id,
        Title = title,
        Unit = "ms",
        Ours = [.. ours.Select(turn => turn.Elapsed.TotalMilliseconds)],
        Theirs = [.. theirs.Select(turn => turn.Elapsed.TotalMilliseconds)],
        Against = against,
    };

    private static Measurement Memory(string id, string title, List<CommandTurn> ours) => new()
    {
        Id = id,
        Title = title,
        Unit = "MiB",
        Ours = [.. ours.Select(turn => turn.PeakBytes / 1048576.0)],
    };
}
