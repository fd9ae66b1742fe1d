using System.Numerics;

namespace Shacache.Client.Elf.Format;

/// <summary>What the notes of a file say of the machine that it needs (gABI, "Note Section"; x86-64 psABI, "Program Property").</summary>
/// <param name="ProcessorLevel">The highest x86-64 level that is needed, from 1 to 4; null when nothing says so.</param>
/// <param name="Kernel">The oldest kernel that the file runs on (NT_GNU_ABI_TAG); null when nothing says so.</param>
internal sealed record ElfNotes(int? ProcessorLevel, Version? Kernel)
{
    /// <summary>More notes than any file has.</summary>
    private const int MaxNotes = 4096;

    private const int MaxNoteBytes = 4096;
    private const uint AbiTag = 1;
    private const uint PropertyType = 5;
    private const uint LevelNeeded = 0xc0008002;
    private const int HeadBytes = 12;

    /// <summary>Reads the notes that are loaded; what is damaged in them says nothing.</summary>
    public static ElfNotes Read(ElfImage image)
    {
        var notes = new ElfNotes(null, null);
        int rest = MaxNotes;
        foreach (ElfSegment segment in image.Segments)
        {
            if (segment.Type is ElfSegmentType.Note or ElfSegmentType.GnuProperty && image.IsLoaded && image.Bytes.Contains(segment.Offset, segment.FileBytes))
                notes = ReadSegment(image, segment, notes, ref rest);
        }

        return notes;
    }

    private static ElfNotes ReadSegment(ElfImage image, ElfSegment segment, ElfNotes notes, ref int rest)
    {
        ElfEncoding encoding = image.Header.Encoding;
        ulong alignment = segment.Alignment == 8 ? 8UL : 4UL;
        byte[] head = new byte[HeadBytes];
        for (ulong position = 0; segment.FileBytes - position >= HeadBytes && rest > 0; rest--)
        {
            image.Bytes.Read((long)(segment.Offset + position), head);
            ulong nameBytes = encoding.ReadUInt32(head);
            ulong contentBytes = encoding.ReadUInt32(head.AsSpan(4));
            ulong content = position + Align(HeadBytes + nameBytes, alignment);
            ulong next = content + Align(contentBytes, alignment);
            // The last note need not be filled up.
            if (content + contentBytes > segment.FileBytes)
                break;
            if (nameBytes == 4 && contentBytes <= MaxNoteBytes)
            {
                byte[] note = new byte[4 + contentBytes];
                image.Bytes.Read((long)(segment.Offset + position + HeadBytes), note.AsSpan(0, 4));
                image.Bytes.Read((long)(segment.Offset + content), note.AsSpan(4));
                if (note.AsSpan().StartsWith("GNU\0"u8))
                    notes = Take(encoding, encoding.ReadUInt32(head.AsSpan(8)), note.AsSpan(4), notes);
            }

            if (next > segment.FileBytes)
                break;
            position = next;
        }

        return notes;
    }

    private static ElfNotes Take(ElfEncoding encoding, uint type, ReadOnlySpan<byte> content, ElfNotes notes)
    {
        if (type == AbiTag && content.Length >= 16 && encoding.ReadUInt32(content) == 0)
        {
            ReadOnlySpan<uint> parts = [encoding.ReadUInt32(content[4..]), encoding.ReadUInt32(content[8..]), encoding.ReadUInt32(content[12..])];
            return parts.ContainsAnyExceptInRange(0U, 0xffffU) ? notes : notes with { Kernel = new Version((int)parts[0], (int)parts[1], (int)parts[2]) };
        }

        return type == PropertyType ? TakeProperties(encoding, content, notes) : notes;
    }

    private static ElfNotes TakeProperties(ElfEncoding encoding, ReadOnlySpan<byte> content, ElfNotes notes)
    {
        while (content.Length >= 8)
        {
            uint type = encoding.ReadUInt32(content);
            ulong length = encoding.ReadUInt32(content[4..]);
            if (length > (ulong)content.Length - 8)
                break;
            if (type == LevelNeeded && length >= 4 && encoding.ReadUInt32(content[8..]) is > 0 and var levels)
                notes = notes with { ProcessorLevel = Math.Max(notes.ProcessorLevel ?? 0, BitOperations.Log2(levels) + 1) };
            ulong next = 8 + Align(length, (ulong)encoding.WordBytes);
            content = next >= (ulong)content.Length ? [] : content[(int)next..];
        }

        return notes;
    }

    private static ulong Align(ulong value, ulong alignment) => (value + alignment - 1) / alignment * alignment;
}
