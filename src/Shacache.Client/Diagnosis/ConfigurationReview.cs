using Shacache.Client.Configuration;
using Shacache.Client.Errors;

namespace Shacache.Client.Diagnosis;

/// <summary>Checks a slapos.cfg, the files that it names and its servers. Only reads; results never hold a password.</summary>
/// <param name="path">The file.</param>
/// <param name="isOffline">Whether no server is asked.</param>
/// <param name="timeProvider">The clock; that of the system when null.</param>
public sealed class ConfigurationReview(string path, bool isOffline = false, TimeProvider? timeProvider = null)
{
    private static readonly IReviewStep[] Steps =
        [new OptionReview(), new SwitchReview(), new CertificateReview(), new FileReview(), new SigningKeyReview(), new TlsReview()];

    /// <summary>Checks everything, in a fixed order. Whatever is wrong is a result, also that the file cannot be read.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken = default)
    {
        var unread = new CheckList();
        ConfigFile file;
        try
        {
            file = ConfigFile.Load(path);
        }
        catch (NetworkCacheConfigurationException e)
        {
            unread.Fail("file", path, e.Message, "correct the file; nothing else could be checked");
            return unread.Results;
        }

        List<NetworkCacheConfigurationException> problems = [];
        var review = new ReviewCase(file, Read(file, problems), problems.Count == 0, timeProvider ?? TimeProvider.System);
        if (problems.Count == 0)
            review.Checks.Pass("file", path, "it can be read");
        foreach (NetworkCacheConfigurationException problem in problems)
            review.Checks.Fail("option", problem.Option ?? path, problem.Message, "correct it: no client starts with it");
        foreach (IReviewStep step in Steps)
            await step.RunAsync(review, cancellationToken).ConfigureAwait(false);
        if (isOffline)
        {
            review.Checks.Note("server", null, "no server was asked");
            return review.Checks.Results;
        }

        await new ServerReview().RunAsync(review, cancellationToken).ConfigureAwait(false);
        await new AccountReview().RunAsync(review, cancellationToken).ConfigureAwait(false);
        return review.Checks.Results;
    }

    /// <summary>The options as clients read them. One that cannot be used is left out, and the others are reviewed all the same.</summary>
    private static NetworkCacheOptions Read(ConfigFile file, List<NetworkCacheConfigurationException> problems)
    {
        HashSet<string> unusable = [];
        while (true)
        {
            try
            {
                return new NetworkCacheOptionsReader(file) { Without = unusable }.Read();
            }
            catch (NetworkCacheConfigurationException e)
            {
                problems.Add(e);
                // Each round leaves out one more option, so the loop ends.
                if (e.Option is null || !unusable.Add(e.Option))
                    return new NetworkCacheOptions();
            }
        }
    }
}

/// <summary>One part of the review of a configuration.</summary>
internal interface IReviewStep
{
    /// <summary>Checks, and adds its findings to the case. Every problem is a finding, not an exception.</summary>
    Task RunAsync(ReviewCase review, CancellationToken cancellationToken);
}

/// <summary>What the steps of a review share.</summary>
internal sealed class ReviewCase(ConfigFile file, NetworkCacheOptions options, bool isUsable, TimeProvider timeProvider)
{
    public ConfigFile File => file;

    /// <summary>As clients read them; without the options that cannot be used.</summary>
    public NetworkCacheOptions Options => options;

    /// <summary>Whether clients can use the file at all.</summary>
    public bool IsUsable => isUsable;

    public TimeProvider TimeProvider => timeProvider;

    public CheckList Checks { get; } = new();

    /// <summary>Whether something is meant to be uploaded from this machine: also when the configuration of that is not complete.</summary>
    public bool Uploads { get; } = file.Options(NetworkCacheOptionsReader.CacheSection).Concat(file.Options(NetworkCacheOptionsReader.NodeSection)).Any(name => name.StartsWith("upload-", StringComparison.Ordinal) &&
        (name.EndsWith("-url", StringComparison.Ordinal) || OptionNames.IsMisspelt(name)));
}
