using System.Diagnostics;
using System.Text;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Session;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Benchmarks.Cases;

/// <summary>How many entries a second a client, or a server that requires signatures, verifies in one thread.</summary>
internal sealed class SignatureBenchmarks : IBenchmark
{
    private static readonly int[] ListLengths = [1, 5];

    public IReadOnlyList<string> Ids { get; } = [.. ListLengths.SelectMany(length => (string[])[Id(length, strong: false), Id(length, strong: true)])];

    public void Run(BenchmarkSession session)
    {
        foreach (int length in ListLengths)
        {
            if (!Ids.Any(id => id.EndsWith($"-{length}", StringComparison.Ordinal) && session.Wants(id)))
                continue;
            StringBuilder list = new();
            for (int i = 1; i < length; i++)
            {
                using var other = SigningKey.Generate();
                list.Append(SignatureCertificate.CreatePem(other, $"bench-{i}", DateTimeOffset.UnixEpoch));
            }

            using var key = SigningKey.Generate();
            list.Append(SignatureCertificate.CreatePem(key, "bench", DateTimeOffset.UnixEpoch));
            using var trusted = TrustedKeys.Parse(list.ToString());
            foreach (bool strong in (bool[])[false, true])
                session.Measure(Id(length, strong), () => Measure(session, length, strong, trusted, key));
        }
    }

    private static string Id(int length, bool strong) => $"signatures-{(strong ? "sig2-" : "")}{length}";

    private static Measurement Measure(BenchmarkSession session, int length, bool strong, TrustedKeys trusted, SigningKey key)
    {
        string information = new EntryTemplate().Entry("0").Information;
        if (strong)
            information = StrongSignature.Append(information, key);
        if (!SignedEntry.TryCreate(information, key.Sign(information), out SignedEntry? entry, out string? problem))
            throw new InvalidOperationException(problem);
        SignaturePolicy policy = strong ? SignaturePolicy.Strong : SignaturePolicy.Any;
        Count(entry, trusted, policy, session.Settings.WarmUp, session.CancellationToken);
        return new Measurement
        {
            Id = Id(length, strong),
            Title = $"verify {(strong ? "SHA-1 and sig2" : "SHA-1")}, {length} cert.",
            Unit = "entries/s",
            Programs =
            [
                new("", [.. Enumerable.Range(0, session.Settings.Rounds).Select(_ => Count(entry, trusted, policy, session.Settings.Window, session.CancellationToken))]),
            ],
        };
    }

    private static double Count(SignedEntry entry, TrustedKeys trusted, SignaturePolicy policy, TimeSpan length, CancellationToken cancellationToken)
    {
        long count = 0;
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!SignatureVerdict.Of(entry, trusted).Satisfies(policy))
                throw new InvalidOperationException("A good signature was found bad.");
            count++;
        }
        while ((elapsed = Stopwatch.GetElapsedTime(start)) < length);
        return count / elapsed.TotalSeconds;
    }
}
