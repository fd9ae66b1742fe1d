using Shacache.Client.Errors;
using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Client.Configuration;

/// <summary>Turns the texts of a slapos.cfg into options, as slapgrid reads them: it merges [networkcache] over [slapos].</summary>
internal sealed class NetworkCacheOptionsReader(ConfigFile file)
{
    public const string CacheSection = "networkcache";
    public const string NodeSection = "slapos";
    public const string KeyFileOption = "signature-private-key-file";

    /// <summary>How slapgrid spells it as well. The name with dashes takes precedence in either section, also with an empty value.</summary>
    public const string KeyFileUnderscored = "signature_private_key_file";

    private const string PolicyOption = "signature-policy";
    private const string BindingOption = "key-binding";
    private const string MatchOption = "platform-match";

    /// <summary>
    /// The options that are read in [networkcache] alone: slapgrid leaves them to other programs, or they are ours. The others
    /// it takes from [slapos], too, where [networkcache] does not have them.
    /// </summary>
    public static IReadOnlyList<string> OfCacheAlone { get; } =
    [
        "download-cache-url", "download-dir-url", "signature-certificate-file", PolicyOption, BindingOption, MatchOption, "upload-token-file",
        "download-cache-url-blacklist",
    ];

    /// <summary>Options that are taken for not set: those that are known to be unusable.</summary>
    public IReadOnlySet<string> Without { get; init; } = new HashSet<string>();

    public NetworkCacheOptions Read() => new()
    {
        Servers = ReadServers(new CacheServers()),
        BinaryServers = ReadServers(new CacheServers { Kind = CacheServers.BinaryKind }),
        SignaturePrivateKeyFile = NullIfEmpty(Find(KeyFileOption) ?? Find(KeyFileUnderscored)),
        SignatureCertificateFile = Text("signature-certificate-file"),
        SignatureCertificateList = Text("signature-certificate-list"),
        SignaturePolicy = ReadPolicy(),
        KeyBinding = ReadKeyBinding(),
        PlatformMatch = ReadPlatformMatch(),
        DownloadCacheUrlBlacklist = UrlPrefixList.Parse(Text("download-cache-url-blacklist")),
        CacheTls = ReadTls("shacache"),
        DirectoryTls = ReadTls("shadir"),
        UploadTokenFile = Text("upload-token-file"),
        ComputerId = Text("computer_id"),
        SoftwareRoot = Text("software_root"),
        BinaryDownloadBlacklist = UrlPrefixList.Parse(Text("download-from-binary-cache-url-blacklist") ?? Text("binary-cache-url-blacklist")),
        BinaryUploadBlacklist = UrlPrefixList.Parse(Text("upload-to-binary-cache-url-blacklist")),
        BinaryDownloadForceList = UrlPrefixList.Parse(Text("download-from-binary-cache-force-url-list")),
    };

    private SignaturePolicy ReadPolicy() => Text(PolicyOption)?.ToLowerInvariant() switch
    {
        null or "any" => SignaturePolicy.Any,
        "strong" => SignaturePolicy.Strong,
        _ => throw Fault(PolicyOption, "it must be 'any' or 'strong'"),
    };

    private KeyBinding ReadKeyBinding() => Text(BindingOption)?.ToLowerInvariant() switch
    {
        null or "provable" => KeyBinding.Provable,
        "strict" => KeyBinding.Strict,
        _ => throw Fault(BindingOption, "it must be 'provable' or 'strict'"),
    };

    private PlatformMatch ReadPlatformMatch() => Text(MatchOption)?.ToLowerInvariant() switch
    {
        null or "compatible" => PlatformMatch.Compatible,
        "exact" => PlatformMatch.Exact,
        _ => throw Fault(MatchOption, "it must be 'compatible' or 'exact'"),
    };

    private CacheServers ReadServers(CacheServers empty) => empty with
    {
        DownloadCache = Urls(empty.DownloadCacheOption),
        DownloadDirectory = Urls(empty.DownloadDirectoryOption),
        UploadCache = Urls(empty.UploadCacheOption),
        UploadDirectory = Urls(empty.UploadDirectoryOption),
    };

    private TlsFiles ReadTls(string surface) => new()
    {
        CertificateFile = Text($"{surface}-cert-file"),
        KeyFile = Text($"{surface}-key-file"),
        AuthorityFile = Text($"{surface}-ca-file"),
    };

    private IReadOnlyList<CacheUrl> Urls(string option)
    {
        try
        {
            return CacheUrl.ParseList(Text(option) ?? "");
        }
        catch (FormatException e)
        {
            throw Fault(option, e.Message, e);
        }
    }

    private NetworkCacheConfigurationException Fault(string option, string problem, Exception? cause = null)
    {
        string section = file.Find(CacheSection, option) is null ? NodeSection : CacheSection;
        return new($"{file.Name}: option {option} of section [{section}]: {problem}.", cause) { File = file.Name, Section = section, Option = option };
    }

    /// <summary>An empty value counts as not set, as for slapgrid; but one in [networkcache] hides that of [slapos].</summary>
    private string? Text(string option) => NullIfEmpty(Find(option));

    private static string? NullIfEmpty(string? text) => text is { Length: > 0 } ? text : null;

    private string? Find(string option)
    {
        if (Without.Contains(option))
            return null;
        string? text = file.Find(CacheSection, option);
        return text is null && !OfCacheAlone.Contains(option) ? file.Find(NodeSection, option) : text;
    }
}
