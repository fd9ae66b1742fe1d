using System.Text;

namespace Shacache.Benchmarks.Archives;

/// <summary>A folder like a built software release: mostly small texts, fewer binaries, some large files, links; the same every time.</summary>
internal static class GeneratedTree
{
    private const int FilesOfFolder = 25;
    private const int PoolBytes = 8 << 20;
    private const int Words = 3000;

    /// <summary>Writes it; about 20 KiB for each file on average.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="files">How many.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <param name="named">A path that two files of five name, as texts of built software name its folder; null for none.</param>
    /// <returns>Bytes of all files.</returns>
    public static long Write(string folder, int files, CancellationToken cancellationToken, string? named = null)
    {
        // The same bytes in every run: not for anything secret.
        var random = new Random(1);
        byte[] pool = FillPool(random);
        long totalBytes = 0;
        for (int i = 0; i < files; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string parent = Path.Combine(folder, $"parts/component-{i / (FilesOfFolder * 10)}/section-{i / FilesOfFolder % 10}");
            if (i % FilesOfFolder == 0)
                Directory.CreateDirectory(parent);
            int length = (i % 100) switch
            {
                < 80 => random.Next(100, 8 << 10),
                < 98 => random.Next(16 << 10, 64 << 10),
                _ => random.Next(256 << 10, 768 << 10),
            };
            string path = Path.Combine(parent, $"file-{i}");
            byte[] content = pool.AsSpan(random.Next(pool.Length - length), length).ToArray();
            if (named is not null && i % 2 == 0 && i % 100 < 80)
            {
                // A text has no NUL.
                content.AsSpan().Replace((byte)0, (byte)'x');
                content = [.. Encoding.UTF8.GetBytes($"prefix={named}\nlibdir={named}/lib\n"), .. content];
            }

            using (FileStream file = File.Create(path, bufferSize: 0))
                file.Write(content);
            totalBytes += content.Length;
            if (OperatingSystem.IsLinux() && i % 10 == 1)
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            if (i % 50 == 2)
                File.CreateSymbolicLink(path + ".so", Path.GetFileName(path));
        }

        return totalBytes;
    }

    /// <summary>Words in a random order, and here and there bytes that do not compress: about a third remains of it, as of programs and sources.</summary>
    private static byte[] FillPool(Random random)
    {
        byte[][] words = [.. Enumerable.Range(0, Words).Select(_ => Encoding.ASCII.GetBytes(random.GetString("etaoinshrdlucmfw_", random.Next(2, 12)) + " "))];
        byte[] noise = new byte[64];
        byte[] pool = new byte[PoolBytes];
        Span<byte> rest = pool;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> next = words[random.Next(Words)];
            if (random.Next(100) == 0)
            {
                random.NextBytes(noise);
                next = noise;
            }

            next = next[..Math.Min(next.Length, rest.Length)];
            next.CopyTo(rest);
            rest = rest[next.Length..];
        }

        return pool;
    }
}
