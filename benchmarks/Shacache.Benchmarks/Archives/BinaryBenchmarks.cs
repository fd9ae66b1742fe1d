using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Benchmarks.Cases;
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
        // A release works in the root that it was built for: one name, which leads to where the turn builds or installs.
        string named = session.PathOf("binary/software-root");
        void Lead(string to)
        {
            File.Delete(named);
            Directory.CreateSymbolicLink(named, to);
        }

        Lead(root);
        using ShacacheServer server = ShacacheServer.Start(session.PathOf("binary/data"), session.CancellationToken);
        string config = WriteConfig(session, server);
        string store = new Uri(server.Url, ShacacheServer.BlobPath).AbsoluteUri;

        if (session.Wants(Publish) || session.Wants(PublishMemory))
        {
            int turn = 0;
            // What is stored already is not sent: each turn has a file that is new.
            void Change() => File.WriteAllText(Path.Combine(folder, "turn"), (++turn).ToString(CultureInfo.InvariantCulture));
            TurnComparison<CommandTurn> turns = Compare(
                session,
                Change,
                () => CommandTurn.Program("binary", "publish", "-q", "-c", config, "--root", named, SoftwareUrl),
                () => CommandTurn.Shell("set -o pipefail; tar cz -C \"$1\" \"$2\" | curl -sSf -X POST -T - -o /dev/null \"$3\"", root, key, store));
            session.Measure(Publish, () => turns.Times(Publish, $"binary publish, {size}", "tar cz, curl"));
            session.Measure(PublishMemory, () => turns.Memory(PublishMemory, "binary publish, peak memory"));
        }

        if (session.Wants(Install) || session.Wants(InstallMemory))
        {
            string digest = CommandTurn.Program("binary", "publish", "-q", "-c", config, "--root", named, SoftwareUrl).Output.Trim();
            string target = "";
            int turn = 0;
            // Nothing is removed before the end: ext4 creates files more slowly for minutes after many were deleted.
            TurnComparison<CommandTurn> turns = Compare(
                session,
                () => Lead(target = session.NewFolder($"binary/installed-{++turn}")),
                () => CommandTurn.Program("binary", "install", "-q", "-c", config, "--root", named, SoftwareUrl),
                () => CommandTurn.Shell("set -o pipefail; curl -sSf \"$1\" | tar xz -C \"$2\"", store + digest, target));
            session.Measure(Install, () => turns.Times(Install, $"binary install, {size}", "curl, tar xz"));
            session.Measure(InstallMemory, () => turns.Memory(InstallMemory, "binary install, peak memory"));
        }
    }

    private static string WriteConfig(BenchmarkSession session, ShacacheServer server)
    {
        string config = session.PathOf("binary/slapos.cfg"), key = session.PathOf("binary/key.pem"), certificate = session.PathOf("binary/certificate.pem");
        CommandTurn.Program("generate-signature-key", "--key-file", key, "--certificate-file", certificate, "--common-name", "bench");
        IEnumerable<string> lines = ["[networkcache]", $"signature-private-key-file = {key}", $"signature-certificate-file = {certificate}"];
        foreach (string direction in (string[])["download", "upload", "download-binary", "upload-binary"])
        {
            lines = lines.Append($"{direction}-cache-url = {server.Url}shacache").Append($"{direction}-dir-url = {server.Url}shadir");
        }

        File.WriteAllLines(config, lines.Append("signature-certificate-list =").Concat(File.ReadLines(certificate).Select(line => "  " + line)));
        return config;
    }

    private static TurnComparison<CommandTurn> Compare(BenchmarkSession session, Action prepare, Func<CommandTurn> ours, Func<CommandTurn> theirs)
    {
        return TurnComparison<CommandTurn>.Run(session, () => Prepared(ours), () => Prepared(theirs));

        CommandTurn Prepared(Func<CommandTurn> take)
        {
            prepare();
            return take();
        }
    }
}
