using System.Runtime.InteropServices;
using System.Text;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Remotes.Apt;

/// <summary>A Release file, signed inside or beside it: which indexes belong together. Who signed it, the clients look at.</summary>
internal sealed class AptRelease
{
    /// <summary>The longest that is read, in bytes; those of Debian have 0.2 MB.</summary>
    public const int MaxBytes = 16 << 20;

    private static readonly string[] Compressions = [".xz", ".gz", ".bz2", ".zst", ".lzma", ""];

    private readonly Dictionary<string, FileHash> _files = new(StringComparer.Ordinal);

    private AptRelease()
    {
    }

    /// <summary>The indexes by their paths below the Release file's folder, with the strongest hash that it says of each.</summary>
    public IReadOnlyDictionary<string, FileHash> Files => _files;

    /// <summary>Whether clients ask for indexes by their hashes, so that the origin has those of older states, too.</summary>
    public bool HasByHash { get; private set; }

    /// <summary>Reads one.</summary>
    /// <returns>Null when it names no files by hashes, or is longer than <see cref="MaxBytes"/>.</returns>
    public static async ValueTask<AptRelease?> ReadAsync(Stream content, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[32 * 1024];
        for (int count; (count = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (bytes.Length + count > MaxBytes)
                return null;
            bytes.Write(buffer, 0, count);
        }

        return Parse(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    /// <summary>What a client most likely asks for that was never here: the packages of a machine like this one, and their descriptions.</summary>
    public IEnumerable<string> GuessWanted()
    {
        string machine = $"binary-{MachineName}/Packages";
        return _files.Keys
            .GroupBy(WithoutCompression, StringComparer.Ordinal)
            .Where(index => index.Key == "Packages" || index.Key.EndsWith(machine, StringComparison.Ordinal) || index.Key.EndsWith("i18n/Translation-en", StringComparison.Ordinal))
            .Select(index => index.MinBy(path => Array.IndexOf(Compressions, path[index.Key.Length..]))!);
    }

    /// <summary>The path of an index, whatever it is compressed by.</summary>
    public static string WithoutCompression(string path) =>
        Array.Find(Compressions, end => end.Length > 0 && path.EndsWith(end, StringComparison.Ordinal)) is { } found ? path[..^found.Length] : path;

    private static string MachineName => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.X86 => "i386",
        Architecture.Arm => "armhf",
        Architecture other => other.ToString().ToLowerInvariant(),
    };

    private static AptRelease? Parse(string text)
    {
        var release = new AptRelease();
        string? algorithm = null;
        bool namesFiles = false;
        foreach (ReadOnlySpan<char> ended in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> line = ended.TrimEnd();

            // What stands after the signature was signed by no one.
            if (line.StartsWith("-----BEGIN PGP SIGNATURE", StringComparison.Ordinal))
                break;
            if (!line.StartsWith(' '))
            {
                algorithm = line switch { "SHA512:" => "sha512", "SHA256:" => "sha256", "SHA1:" => "sha1", "MD5Sum:" => "md5", _ => null };
                namesFiles |= algorithm is not null;
                release.HasByHash |= line.Equals("Acquire-By-Hash: yes", StringComparison.OrdinalIgnoreCase);
            }
            else if (algorithm is not null)
            {
                release.Add(algorithm, line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return namesFiles ? release : null;
    }

    /// <summary>Notes a line of hash, size and path.</summary>
    private void Add(string algorithm, string[] words)
    {
        if (words.Length != 3 || FileHash.Find(algorithm, words[0]) is not { } hash)
            return;
        string path = AptPath.Tidy(words[2]);
        _files[path] = _files.TryGetValue(path, out FileHash? known) ? FileHash.Strongest([known, hash])! : hash;
    }
}
