using Shacache.Benchmarks.Load;

namespace Shacache.Testing.Ceph;

/// <content>What a benchmark does without it.</content>
public sealed partial class CephServer
{
    private static void Require()
    {
        if (!IsInstalled)
            throw new LoadException("Ceph is not installed (Debian: apt-get install ceph-mon ceph-osd radosgw)");
    }
}
