using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>A repository of Debian packages as its publisher has it, signed with a key of the test.</summary>
internal sealed class AptOrigin : IAsyncDisposable
{
    public const int PackageCount = 20;

    private readonly TemporaryFolder _folder = new();
    private readonly List<Dictionary<string, byte[]>> _states = [];
    private readonly List<string> _published = [];

    private AptOrigin(PackageOrigin site) => Site = site;

    public PackageOrigin Site { get; }

    /// <summary>The keys that clients trust.</summary>
    public string Keyring => _folder["keys.gpg"];

    /// <summary>What clients are given by path.</summary>
    public string Url => $"{Site.Url}/debian/";

    public static async Task<AptOrigin> StartAsync()
    {
        var origin = new AptOrigin(await PackageOrigin.StartAsync());
        Directory.CreateDirectory(origin._folder["gpg"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await origin.SignAsync("--passphrase", "", "--quick-generate-key", "origin@example.org", "ed25519", "sign", "never");
        await origin.SignAsync("--output", origin.Keyring, "--export");
        return origin;
    }

    /// <summary>Makes the next state of the repository: all packages in a version of its number, each of which needs the next one.</summary>
    /// <param name="hasByHash">Whether indexes are there by their hashes, too.</param>
    /// <param name="isInline">Whether the signature is in the Release file.</param>
    public async Task AddStateAsync(bool hasByHash, bool isInline = true)
    {
        int version = _states.Count + 1;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var packages = new StringBuilder();
        for (int number = 0; number < PackageCount; number++)
        {
            string needs = number + 1 < PackageCount ? $"Depends: part{number + 1} (= {version})\n" : "";
            string control = $"Package: part{number}\nVersion: {version}\nArchitecture: all\nMaintainer: Test <test@example.org>\n{needs}Description: a part\n";
            byte[] package = MakePackage(control, $"./opt/part{number}", version.ToString(CultureInfo.InvariantCulture));
            string path = $"pool/main/p/part{number}_{version}_all.deb";
            files[path] = package;
            packages.Append(CultureInfo.InvariantCulture, $"{control}Filename: {path}\nSize: {package.Length}\nSHA256: {Hash(package)}\n\n");
        }

        byte[] plain = Encoding.UTF8.GetBytes(packages.ToString());
        (string Path, byte[] Content)[] indexes = [("main/binary-amd64/Packages", plain), ("main/binary-amd64/Packages.gz", Compress(plain))];
        var release = new StringBuilder("Origin: test\nSuite: stable\nCodename: stable\nArchitectures: amd64\nComponents: main\n");
        string date = DateTime.UtcNow.AddSeconds(version - 60).ToString("R", CultureInfo.InvariantCulture).Replace("GMT", "UTC", StringComparison.Ordinal);
        release.Append(CultureInfo.InvariantCulture, $"Date: {date}\n");
        release.Append(hasByHash ? "Acquire-By-Hash: yes\nSHA256:\n" : "SHA256:\n");
        foreach ((string path, byte[] content) in indexes)
        {
            release.Append(CultureInfo.InvariantCulture, $" {Hash(content)} {content.Length} {path}\n");
            files[$"dists/stable/{path}"] = content;
            if (hasByHash)
                files[$"dists/stable/main/binary-amd64/by-hash/SHA256/{Hash(content)}"] = content;
        }

        File.WriteAllText(_folder["Release"], release.ToString());
        await SignAsync("--output", _folder["signed"], "--armor", isInline ? "--clearsign" : "--detach-sign", _folder["Release"]);
        if (isInline)
        {
            files["dists/stable/InRelease"] = File.ReadAllBytes(_folder["signed"]);
        }
        else
        {
            files["dists/stable/Release"] = File.ReadAllBytes(_folder["Release"]);
            files["dists/stable/Release.gpg"] = File.ReadAllBytes(_folder["signed"]);
        }

        _states.Add(files);
    }

    /// <summary>Shows a state, and takes away all of the last one.</summary>
    public void Show(int state)
    {
        foreach ((string path, byte[] content) in _states[state])
            Site.Publish($"/debian/{path}", "application/octet-stream", content);
        foreach (string path in _published.Except(_states[state].Keys))
            Site.Remove($"/debian/{path}");
        _published.Clear();
        _published.AddRange(_states[state].Keys);
    }

    public async ValueTask DisposeAsync()
    {
        await Site.DisposeAsync();
        await PackageTool.RunAsync(_folder.Path, "gpgconf", "--homedir", _folder["gpg"], "--kill", "gpg-agent");
        _folder.Dispose();
    }

    private async Task SignAsync(params string[] arguments)
    {
        (int exitCode, string text) = await PackageTool.RunAsync(_folder.Path, "gpg", ["--homedir", _folder["gpg"], "--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", .. arguments]);
        Assert.True(exitCode == 0, text);
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Compress(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return output.ToArray();
    }

    /// <summary>The format of deb(5): an ar archive of three members.</summary>
    private static byte[] MakePackage(string control, string path, string content)
    {
        using var package = new MemoryStream();
        package.Write("!<arch>\n"u8);
        Add("debian-binary", "2.0\n"u8.ToArray());
        Add("control.tar.gz", MakeTarball(("./control", control)));
        Add("data.tar.gz", MakeTarball((path, content)));
        return package.ToArray();

        void Add(string name, byte[] bytes)
        {
            package.Write(Encoding.ASCII.GetBytes($"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{bytes.Length,-10}`\n"));
            package.Write(bytes);
            if (bytes.Length % 2 == 1)
                package.WriteByte((byte)'\n');
        }
    }

    private static byte[] MakeTarball((string Path, string Text) file)
    {
        using var content = new MemoryStream();
        using (var gzip = new GZipStream(content, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Gnu))
        {
            if (file.Path.LastIndexOf('/') > 1)
                tar.WriteEntry(new GnuTarEntry(TarEntryType.Directory, file.Path[..(file.Path.LastIndexOf('/') + 1)]));
            tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, file.Path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(file.Text)) });
        }

        return content.ToArray();
    }
}
