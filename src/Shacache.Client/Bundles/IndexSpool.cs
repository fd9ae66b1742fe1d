using System.Globalization;
using System.Text;
using Shacache.Client.Transfers;

namespace Shacache.Client.Bundles;

/// <summary>Lines of an index that is not complete yet, in a temporary file. One caller at a time.</summary>
internal sealed class IndexSpool(string folder) : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly FileStream _file = TemporaryFile.Create(folder);
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    /// <summary>Adds a line.</summary>
    public void Add(FormattableString line)
    {
        string text = line.ToString(CultureInfo.InvariantCulture) + "\n";
        if (text.Length > _buffer.Length - _used)
            Flush();
        _used += Encoding.ASCII.GetBytes(text, _buffer.AsSpan(_used));
    }

    /// <summary>Everything that was added.</summary>
    public BundleSlice Read()
    {
        Flush();
        _file.Flush();
        return new BundleSlice(_file.SafeFileHandle, 0, _file.Length);
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private void Flush()
    {
        _file.Write(_buffer, 0, _used);
        _used = 0;
    }
}
