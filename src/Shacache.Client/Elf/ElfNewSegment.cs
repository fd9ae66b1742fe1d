using Shacache.Client.Elf.Format;

namespace Shacache.Client.Elf;

/// <summary>A segment that is appended to a file: the dynamic string table with longer run paths, the path of the interpreter, or both.</summary>
/// <remarks>It collects what has to be written and writes nothing. The table itself, up to its old length, is copied by the caller.</remarks>
internal sealed class ElfNewSegment
{
    /// <summary>One is usual, two are possible.</summary>
    private const int MaxRunPaths = 8;

    private readonly ElfImage _image;
    private readonly byte[] _prefix;
    private readonly ElfTrace[] _traces;
    private readonly List<byte[]> _rows = [];
    private long _length;

    /// <summary>Begins an empty one.</summary>
    /// <param name="image">The file.</param>
    /// <param name="prefix">The new path of the release.</param>
    /// <param name="traces">All traces of the file.</param>
    /// <exception cref="ElfNotRelocatableException">The file has no place for one.</exception>
    public ElfNewSegment(ElfImage image, byte[] prefix, IEnumerable<ElfTrace> traces)
    {
        _image = image;
        _prefix = prefix;
        _traces = [.. traces.OrderBy(trace => trace.Offset)];
        Place = ElfGrowth.Find(image);
        for (int i = 0; i < image.Segments.Count; i++)
        {
            byte[] row = new byte[Encoding.SegmentBytes];
            image.Bytes.Read(image.Header.SegmentTableOffset + ((long)i * row.Length), row);
            _rows.Add(row);
        }
    }

    /// <summary>Where it goes.</summary>
    public ElfGrowth Place { get; }

    /// <summary>Whether the dynamic string table is in it, from its beginning.</summary>
    public bool AreStringsMoved { get; private set; }

    /// <summary>What has to be written, in this order.</summary>
    public List<(long Offset, byte[] Bytes)> Writes { get; } = [];

    private ElfEncoding Encoding => _image.Header.Encoding;

    /// <summary>Moves the dynamic string table; each run path with a path that does not fit becomes a new string behind it. It is the first to be moved.</summary>
    /// <exception cref="ElfFormatException">A table is damaged.</exception>
    /// <exception cref="ElfNotRelocatableException">It has more run paths than any file.</exception>
    public void MoveStrings()
    {
        ElfDynamic dynamic = _image.Dynamic!;
        AreStringsMoved = true;
        // A table that does not end with a NUL gets one.
        _length = dynamic.StringsBytes + 1;
        var moved = new Dictionary<ulong, ulong>();
        foreach (ElfDynamicEntry entry in dynamic.Entries)
        {
            if (entry.Tag is not (ElfDynamicTag.RPath or ElfDynamicTag.RunPath))
                continue;
            if (!moved.TryGetValue(entry.Value, out ulong position))
            {
                byte[] text = dynamic.ReadString(entry.Value);
                long start = dynamic.StringsOffset + (long)entry.Value;
                // Of any kind: the end of a run path may be another string as well.
                ElfTrace[] inside = [.. _traces.Where(trace => trace.Offset >= start && trace.Offset + trace.LengthBytes <= start + text.Length)];
                if (inside.All(trace => trace.Reason is null && trace.LengthBytes >= _prefix.Length))
                    continue;
                if (moved.Count == MaxRunPaths)
                    throw new ElfNotRelocatableException($"it has more than {MaxRunPaths} run paths");
                position = (ulong)_length;
                Append([.. Replace(text, start, inside), 0]);
                moved.Add(entry.Value, position);
            }

            WriteWord(entry.Offset + Encoding.WordBytes, position);
        }

        foreach (ElfDynamicEntry entry in dynamic.Entries)
        {
            if (entry.Tag is ElfDynamicTag.Strings or ElfDynamicTag.StringsBytes)
                WriteWord(entry.Offset + Encoding.WordBytes, entry.Tag == ElfDynamicTag.Strings ? Place.Address : (ulong)_length);
        }

        Forget(dynamic, moved.Keys);
        MoveSection(section => section.Type == ElfSectionType.Strings && section.IsAllocated && section.Address == dynamic.StringsAddress, 0, (ulong)_length);
    }

    /// <summary>Moves the path of the interpreter.</summary>
    /// <exception cref="ElfNotRelocatableException">It would become longer than the kernel takes.</exception>
    public void MoveInterpreter()
    {
        const int MaxPathBytes = 4096;
        ElfSegment old = _image.InterpreterSegment!.Value;
        byte[] path = Replace(_image.ReadInterpreter()!, (long)old.Offset, _traces.Where(trace => trace.Kind == ElfTraceKind.Interpreter));
        if (path.Length >= MaxPathBytes)
            throw new ElfNotRelocatableException($"the path of its interpreter would have {path.Length} bytes; the kernel takes {MaxPathBytes - 1}");
        ulong start = (ulong)_length;
        ulong length = (ulong)path.Length + 1;
        Append([.. path, 0]);
        for (int i = 0; i < _rows.Count; i++)
        {
            if (_image.Segments[i].Type == ElfSegmentType.Interpreter)
                (old with { Offset = (ulong)Place.Offset + start, Address = Place.Address + start, FileBytes = length, MemoryBytes = length }).Write(Encoding, _rows[i]);
        }

        MoveSection(section => section.IsAllocated && section.Offset == old.Offset && section.LengthBytes == old.FileBytes, start, length);
        Writes.Add(((long)old.Offset, new byte[old.FileBytes]));
    }

    /// <summary>Completes the program headers. The new one stands after the last segment that is loaded, as the loader demands ascending addresses.</summary>
    public void Finish()
    {
        var segment = new ElfSegment(ElfSegmentType.Load, ElfSegment.Readable, (ulong)Place.Offset, Place.Address, (ulong)_length, (ulong)_length, Place.Alignment);
        byte[] row = new byte[Encoding.SegmentBytes];
        segment.Write(Encoding, row);
        int last = _image.Segments.Select((known, index) => known.Type == ElfSegmentType.Load ? index : -1).Max();
        _rows.Insert(last + 1, row);
        _rows.RemoveAt(Place.Replaced > last ? Place.Replaced + 1 : Place.Replaced);
        Writes.Add((_image.Header.SegmentTableOffset, [.. _rows.SelectMany(bytes => bytes)]));
    }

    private byte[] Replace(byte[] text, long start, IEnumerable<ElfTrace> inside)
    {
        var replaced = new List<byte>(text.Length + _prefix.Length);
        int done = 0;
        foreach (ElfTrace trace in inside)
        {
            replaced.AddRange(text.AsSpan(done..(int)(trace.Offset - start)));
            replaced.AddRange(_prefix);
            done = (int)(trace.Offset - start) + trace.LengthBytes;
        }

        replaced.AddRange(text.AsSpan(done));
        return [.. replaced];
    }

    private void Append(byte[] bytes)
    {
        Writes.Add((Place.Offset + _length, bytes));
        _length += bytes.Length;
    }

    private void WriteWord(long offset, ulong value)
    {
        byte[] word = new byte[Encoding.WordBytes];
        Encoding.WriteWord(word, value);
        Writes.Add((offset, word));
    }

    /// <summary>Removes what is old: from the copy of the table the run paths, as far as no other string shares them, and from the table itself every trace.</summary>
    private void Forget(ElfDynamic dynamic, IReadOnlyCollection<ulong> moved)
    {
        IEnumerable<ElfStringUse> all = ElfStringUse.ReadAll(_image, out bool areSymbolsKnown);
        (ulong Position, ulong Start, ulong End)[] strings =
            [.. moved.Select(position => (position, dynamic.FindStart(0, position) ?? 0, position + (ulong)dynamic.ReadString(position).Length))];
        ulong[] shared = [.. strings.Select(text => text.End)];
        foreach (ElfStringUse use in all.Where(use => !(use.IsRunPath && moved.Contains(use.Position))))
        {
            for (int i = 0; i < strings.Length; i++)
                shared[i] = use.Position >= strings[i].Start && use.Position < shared[i] ? use.Position : shared[i];
        }

        for (int i = 0; i < strings.Length; i++)
        {
            if (areSymbolsKnown && shared[i] > strings[i].Position)
                Writes.Add((Place.Offset + (long)strings[i].Position, new byte[shared[i] - strings[i].Position]));
        }

        foreach (ElfTrace trace in _traces)
        {
            if (trace.Offset >= dynamic.StringsOffset && trace.Offset + trace.LengthBytes <= dynamic.StringsOffset + dynamic.StringsBytes)
                Writes.Add((trace.Offset, new byte[trace.LengthBytes]));
        }
    }

    /// <summary>Tells tools that read section headers where a section is now.</summary>
    private void MoveSection(Predicate<ElfSection> isMoved, ulong start, ulong length)
    {
        for (int i = 0; i < _image.Sections.Count; i++)
        {
            if (!isMoved(_image.Sections[i]))
                continue;
            // Flags, address, offset and length follow each other.
            long words = _image.Header.SectionTableOffset + ((long)i * Encoding.SectionBytes) + 8;
            WriteWord(words + Encoding.WordBytes, Place.Address + start);
            WriteWord(words + (2 * Encoding.WordBytes), (ulong)Place.Offset + start);
            WriteWord(words + (3 * Encoding.WordBytes), length);
        }
    }
}
