using Shacache.Core.Signing;
using Shacache.Core.Urls;

namespace Shacache.Client.Configuration;

/// <summary>Turns the texts of a slapos.cfg into options.</summary>
internal sealed class NetworkCacheOptionsReader(ConfigFile file)
{
    public const string CacheSection = "networkcache";
    private const string NodeSection = "slapos";
    private const string PolicyOption = "signature-policy";
    private const string BindingOption = "key-binding";

    /// <summary>Options that are taken for not set: those that are known to be unusable.</summary>
    public IReadOnlySet<string> Without { get; init; } = new HashSet<string>();

    public NetworkCacheOptions Read() => new()
    {
        Servers = ReadServers(""),
        BinaryServers = ReadServers("binary-"),
        SignaturePrivateKeyFile = Text("signature-private-key-file"),
        SignatureCertificateFile = Text("signature-certificate-file"),
        SignatureCertificateList = Text("signature-certificate-list"),
        SignaturePolicy = ReadPolicy(),
        KeyBinding = ReadKeyBinding(),
        DownloadCacheUrlBlacklist = UrlPrefixList.Parse(Text("download-cache-url-blacklist")),
        CacheTls = ReadTls("shacache"),
        DirectoryTls = ReadTls("shadir"),
        UploadTokenFile = Text("upload-token-file"),
        ComputerId = Text("computer_id", NodeSection),
        SoftwareRoot = Text("software_root", NodeSection),
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

    private CacheServers ReadServers(string kind) => new()
    {
        DownloadCache = Urls($"download-{kind}cache-url"),
        DownloadDirectory = Urls($"download-{kind}dir-url"),
        UploadCache = Urls($"upload-{kind}cache-url"),
        UploadDirectory = Urls($"upload-{kind}dir-url"),
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

    private NetworkCacheConfigurationException Fault(string option, string problem, Exception? cause = null) =>
        new($"{file.Name}: option {option} of section [{CacheSection}]: {problem}.", cause) { File = file.Name, Section = CacheSection, Option = option };

    /// <summary>An empty value is as good as none: the Python client treats it so.</summary>
    private string? Text(string option, string section = CacheSection) =>
        !Without.Contains(option) && file.Find(section, option) is { Length: > 0 } text ? text : null;
}
