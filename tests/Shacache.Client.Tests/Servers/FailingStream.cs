namespace Shacache.Client.Tests.Servers;

/// <summary>Content that can be read for its digest, but fails when it is sent.</summary>
internal sealed class FailingStream(byte[] bytes, bool failAtSecondPass) : MemoryStream(bytes)
{
    private bool _rewound;

    public override long Position
    {
        get => base.Position;
        set
        {
            _rewound = true;
            base.Position = value;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _rewound && failAtSecondPass && Position > 500_000 ? throw new IOException("the disk is gone") : base.ReadAsync(buffer, cancellationToken);
}
