using System.Text;

namespace Shacache.Client.Elf.Format;

/// <summary>Symbol versions that a file needs and provides (LSB, "Symbol Versioning").</summary>
internal static class ElfVersions
{
    /// <summary>More than any library has; bounds how often entries that lead into each other are read.</summary>
    private const int MaxVersions = 1 << 16;

    private const int NeedBytes = 16;
    private const int DefinitionBytes = 20;
    private const ushort BaseFlag = 1;
    private const ushort WeakFlag = 2;

    /// <summary>The versions that are needed, by library in the order of the file.</summary>
    /// <exception cref="ElfFormatException">The table contradicts itself.</exception>
    public static IReadOnlyList<ElfVersion> ReadNeeded(ElfImage image)
    {
        var versions = new List<ElfVersion>();
        Walk(image, ElfDynamicTag.VersionNeeds, ElfDynamicTag.VersionNeedCount, NeedBytes, (need, offset) =>
        {
            ElfEncoding encoding = image.Header.Encoding;
            uint library = encoding.ReadUInt32(need.AsSpan(4));
            byte[] name = new byte[NeedBytes];
            offset += encoding.ReadUInt32(need.AsSpan(8));
            for (int count = encoding.ReadUInt16(need.AsSpan(2)); count > 0; count--)
            {
                image.Bytes.Read(offset, name);
                bool isWeak = (encoding.ReadUInt16(name.AsSpan(4)) & WeakFlag) != 0;
                Add(versions, new ElfVersion(library, encoding.ReadUInt32(name.AsSpan(8)), isWeak));
                offset += Next(encoding.ReadUInt32(name.AsSpan(12)), ref count);
            }

            return encoding.ReadUInt32(need.AsSpan(12));
        });
        return versions;
    }

    /// <summary>The versions that are provided, without the one that is the library's own name.</summary>
    /// <exception cref="ElfFormatException">The table contradicts itself.</exception>
    public static IReadOnlyList<ElfVersion> ReadProvided(ElfImage image)
    {
        var versions = new List<ElfVersion>();
        foreach ((ElfVersion version, bool isBase) in ReadDefinitions(image))
        {
            if (!isBase)
                versions.Add(version);
        }

        return versions;
    }

    /// <summary>Where in the dynamic string table the names stand that these tables refer to.</summary>
    /// <exception cref="ElfFormatException">A table contradicts itself.</exception>
    public static IEnumerable<uint> ReadStrings(ElfImage image)
    {
        foreach (ElfVersion need in ReadNeeded(image))
        {
            yield return need.Library!.Value;
            yield return need.Name;
        }

        foreach ((ElfVersion definition, _) in ReadDefinitions(image))
            yield return definition.Name;
    }

    private static List<(ElfVersion Version, bool IsBase)> ReadDefinitions(ElfImage image)
    {
        var versions = new List<(ElfVersion, bool)>();
        Walk(image, ElfDynamicTag.VersionDefinitions, ElfDynamicTag.VersionDefinitionCount, DefinitionBytes, (definition, offset) =>
        {
            ElfEncoding encoding = image.Header.Encoding;
            bool isBase = (encoding.ReadUInt16(definition.AsSpan(2)) & BaseFlag) != 0;
            byte[] name = new byte[8];
            offset += encoding.ReadUInt32(definition.AsSpan(12));
            // The first name is the version's own; those after it are the versions that it contains.
            for (int count = encoding.ReadUInt16(definition.AsSpan(6)), own = count; count > 0; count--)
            {
                image.Bytes.Read(offset, name);
                Add(versions, (new ElfVersion(null, encoding.ReadUInt32(name), false), isBase || count < own));
                offset += Next(encoding.ReadUInt32(name.AsSpan(4)), ref count);
            }

            return encoding.ReadUInt32(definition.AsSpan(16));
        });
        return versions;
    }

    private static void Walk(ElfImage image, ElfDynamicTag table, ElfDynamicTag number, int rowBytes, Func<byte[], long, uint> read)
    {
        if (image.Dynamic?.Find(table) is not { } start || image.Dynamic.Find(number) is not { } count)
            return;
        long offset = image.FindOffset(start.Value, (ulong)rowBytes) ?? throw new ElfFormatException($"the version table at address {start.Value} is not in the file");
        byte[] row = new byte[rowBytes];
        for (ulong i = 0; i < Math.Min(count.Value, MaxVersions); i++)
        {
            image.Bytes.Read(offset, row);
            uint next = read(row, offset);
            if (next == 0)
                return;
            offset += next;
        }
    }

    private static uint Next(uint next, ref int count)
    {
        if (next == 0)
            count = 0;
        return next;
    }

    private static void Add<T>(List<T> versions, T version)
    {
        if (versions.Count == MaxVersions)
            throw new ElfFormatException($"the file names more than {MaxVersions} symbol versions");
        versions.Add(version);
    }
}

/// <summary>A symbol version by the places of its texts in the dynamic string table.</summary>
/// <param name="Library">The name of the library that must provide it; null for one that the file itself provides.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsWeak">Whether a program starts without it.</param>
internal readonly record struct ElfVersion(uint? Library, uint Name, bool IsWeak)
{
    /// <summary>The name of the version.</summary>
    public string NameText(ElfDynamic dynamic) => Encoding.Latin1.GetString(dynamic.ReadString(Name));

    /// <summary>The name of the library.</summary>
    public string? LibraryText(ElfDynamic dynamic) => Library is { } library ? Encoding.Latin1.GetString(dynamic.ReadString(library)) : null;
}
