using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks.Archives;

/// <summary>The commands <c>binary publish</c> and <c>binary install</c> against <c>tar cz | curl</c> and <c>curl | tar xz</c>, with the same server, archive and disk.</summary>
internal sealed class BinaryBenchmarks : IBenchmark
{
    private const string Publish = "binary-publish";
    private const string PublishMemory = "binary-memory-publish";
    private const string Install = "binary-install";
    private const string InstallMemory = "binary-memory-install";
    private const string InstallMoved = "binary-install-moved";
    private const string InstallMovedMemory = "binary-memory-install-moved";
    private const string InstallSmall = "binary-install-300k";
    private const int SmallFiles = 75;

    public IReadOnlyList<string> Ids { get; } = [Publish, PublishMemory, Install, InstallMemory, InstallMoved, InstallMovedMemory, InstallSmall];

    public void Run(BenchmarkSession session)
    {
        using ShacacheServer server = ShacacheServer.Start(session.Programs[0], session.PathOf("binary-data"), session.CancellationToken);
        if (Ids.Take(4).Any(session.Wants))
            MeasureLarge(session, new Release(session, server, "binary", session.Settings.ArchiveFiles));
        if (session.Wants(InstallMoved) || session.Wants(InstallMovedMemory))
        {
            CommandComparison turns = new Release(session, server, "binary-moved", session.Settings.ArchiveFiles, namesItself: true).CompareWithMoved(session.Settings.LargeRounds);
            session.Measure(InstallMoved, () => turns.Times(InstallMoved, "binary install under another root", "under its own"));
            session.Measure(InstallMovedMemory, () => turns.Memory(InstallMovedMemory, "binary install under another root, peak memory"));
        }

        session.Measure(InstallSmall, () => new Release(session, server, "binary-300k", SmallFiles)
            .CompareInstallations(session.Settings.Rounds).CpuTimes(InstallSmall, "binary install, 300 KB", "curl, tar xz"));
    }

    private static void MeasureLarge(BenchmarkSession session, Release release)
    {
        string size = string.Create(CultureInfo.InvariantCulture, $"{session.Settings.ArchiveFiles:#,##0} files");
        if (session.Wants(Publish) || session.Wants(PublishMemory))
        {
            CommandComparison turns = release.ComparePublications(session.Settings.LargeRounds);
            session.Measure(Publish, () => turns.Times(Publish, $"binary publish, {size}", "tar cz, curl"));
            session.Measure(PublishMemory, () => turns.Memory(PublishMemory, "binary publish, peak memory"));
        }

        if (session.Wants(Install) || session.Wants(InstallMemory))
        {
            CommandComparison turns = release.CompareInstallations(session.Settings.LargeRounds);
            session.Measure(Install, () => turns.Times(Install, $"binary install, {size}", "curl, tar xz"));
            session.Measure(InstallMemory, () => turns.Memory(InstallMemory, "binary install, peak memory"));
        }
    }

    /// <summary>A generated software release and the way to it: folder, configuration, server.</summary>
    private sealed class Release
    {
        private readonly BenchmarkSession _session;
        private readonly string _name;
        private readonly string _url;
        private readonly string _key;
        private readonly string _root;
        private readonly string _named;
        private readonly string _config;
        private readonly string _store;

        public Release(BenchmarkSession session, ShacacheServer server, string name, int files, bool namesItself = false)
        {
            _session = session;
            _name = name;
            _url = $"https://example.org/software/{name}/software.cfg";
            _root = session.NewFolder($"{name}/root");
#pragma warning disable CA5351 // It names a software release.
            _key = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(_url)));
#pragma warning restore CA5351
            _named = session.PathOf($"{name}/software-root");
            GeneratedTree.Write(Path.Combine(_root, _key), files, session.CancellationToken, namesItself ? $"{_named}/{_key}" : null);
            _config = WriteConfig(server);
            _store = new Uri(server.Url, ShacacheServer.BlobPath).AbsoluteUri;
            Lead(_root);
        }

        public CommandComparison ComparePublications(int rounds)
        {
            int turn = 0;
            // What is stored already is not sent: each turn has a file that is new.
            void Change() => File.WriteAllText(Path.Combine(_root, _key, "turn"), (++turn).ToString(CultureInfo.InvariantCulture));
            return Compare(
                rounds,
                Change,
                PublishBy,
                () => CommandTurn.Shell("set -o pipefail; tar cz -C \"$1\" \"$2\" | curl -sSf -X POST -T - -o /dev/null \"$3\"", _root, _key, _store));
        }

        public CommandComparison CompareInstallations(int rounds)
        {
            string digest = PublishBy(_session.Programs[0]).Output.Trim();
            string target = "";
            int turn = 0;
            // Nothing is removed before the end: ext4 creates files more slowly for minutes after many were deleted.
            return Compare(
                rounds,
                () => Lead(target = _session.NewFolder($"{_name}/installed-{++turn}")),
                program => CommandTurn.Program(program, "binary", "install", "-q", "-c", _config, "--root", _named, _url),
                () => CommandTurn.Shell("set -o pipefail; curl -sSf \"$1\" | tar xz -C \"$2\"", _store + digest, target));
        }

        /// <summary>Two files of five are changed while they are extracted; the root is longer.</summary>
        public CommandComparison CompareWithMoved(int rounds)
        {
            PublishBy(_session.Programs[0]);
            string target = "";
            int turn = 0;
            return Compare(
                rounds,
                () =>
                {
                    Lead(_session.NewFolder($"{_name}/unmoved-{++turn}"));

                    // Not where the name leads to: that would be the same root.
                    target = _session.NewFolder($"{_name}/moved-to-a-longer-root-{turn}");
                },
                program => CommandTurn.Program(program, "binary", "install", "-q", "-c", _config, "--root", target, _url),
                () => CommandTurn.Program(_session.Programs[0], "binary", "install", "-q", "-c", _config, "--root", _named, _url));
        }

        private CommandTurn PublishBy(OurProgram program) => CommandTurn.Program(program, "binary", "publish", "-q", "-c", _config, "--root", _named, _url);

        /// <summary>A release works in the root that it was built for: one name, which leads to where the turn builds or installs.</summary>
        private void Lead(string to)
        {
            File.Delete(_named);
            Directory.CreateSymbolicLink(_named, to);
        }

        private CommandComparison Compare(int rounds, Action prepare, Func<OurProgram, CommandTurn> ours, Func<CommandTurn> theirs)
        {
            return CommandComparison.Run(_session, rounds, program => Prepared(() => ours(program)), () => Prepared(theirs));

            CommandTurn Prepared(Func<CommandTurn> take)
            {
                prepare();
                return take();
            }
        }

        private string WriteConfig(ShacacheServer server)
        {
            string config = _session.PathOf($"{_name}/slapos.cfg"), key = _session.PathOf($"{_name}/key.pem"), certificate = _session.PathOf($"{_name}/certificate.pem");
            CommandTurn.Program(server.Program, "generate-signature-key", "--key-file", key, "--certificate-file", certificate, "--common-name", "bench");
            IEnumerable<string> lines = ["[networkcache]", $"signature-private-key-file = {key}", $"signature-certificate-file = {certificate}"];
            foreach (string direction in (string[])["download", "upload", "download-binary", "upload-binary"])
            {
                lines = lines.Append($"{direction}-cache-url = {server.Url}shacache").Append($"{direction}-dir-url = {server.Url}shadir");
            }

            File.WriteAllLines(config, lines.Append("signature-certificate-list =").Concat(File.ReadLines(certificate).Select(line => "  " + line)));
            return config;
        }
    }
}
