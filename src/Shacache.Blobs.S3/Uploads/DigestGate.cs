using Shacache.Core.Blobs;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>Lets one at a time do something with a blob.</summary>
internal sealed class DigestGate
{
    private readonly Dictionary<Digest, Turn> _turns = [];

    public async Task<IDisposable> EnterAsync(Digest digest)
    {
        Turn turn;
        lock (_turns)
        {
            if (!_turns.TryGetValue(digest, out turn!))
                _turns.Add(digest, turn = new Turn(this, digest));
            turn.Users++;
        }

        await turn.Free.WaitAsync().ConfigureAwait(false);
        return turn;
    }

    private sealed class Turn(DigestGate gate, Digest digest) : IDisposable
    {
        public SemaphoreSlim Free { get; } = new(1);

        public int Users { get; set; }

        public void Dispose()
        {
            lock (gate._turns)
            {
                if (--Users > 0)
                    Free.Release();
                else if (gate._turns.Remove(digest))
                    Free.Dispose();
            }
        }
    }
}
