namespace Shacache.Http.Upstreams;

/// <summary>What a server does that fills itself from others.</summary>
public sealed class ProximityOptions
{
    /// <summary>The servers that are asked for what is not here, in order of preference. None: the server has only what it was given.</summary>
    public IReadOnlyList<UpstreamOptions> Upstreams { get; set; } = [];

    /// <summary>Which of them is asked first.</summary>
    public UpstreamOrder Order { get; set; }

    /// <summary>How long an upstream may take to begin its answer before the next one is asked beside it.</summary>
    public TimeSpan HedgeDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it is remembered that no upstream has an object or a key.</summary>
    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a listing is used without asking again.</summary>
    public TimeSpan DirectoryTtl { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long what upstreams list under a key is kept after it was asked for last.</summary>
    public TimeSpan DirectoryKeep { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The most servers that a request may have passed on its way here, for the next one to be asked (header <c>Via</c>).</summary>
    public int MaxHops { get; set; } = 8;

    /// <summary>The most objects that are filled at once; a further one is refused with 503.</summary>
    public int MaxTransfers { get; set; } = 256;

    /// <summary>
    /// How long a transfer without followers waits, reading nothing, for one to come back: clients look whether an object
    /// exists by asking for it and hanging up, and others resume what broke. One of which most is here is finished instead.
    /// </summary>
    public TimeSpan AbandonDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Folder for objects that are on their way, made when it is missing. They have no name there, or lose it with the process.</summary>
    public string SpoolFolder { get; set; } = Path.GetTempPath();
}
