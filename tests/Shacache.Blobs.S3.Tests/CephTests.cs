namespace Shacache.Blobs.S3.Tests;

/// <summary>Tests that use the same Ceph, one after the other: some of them kill it.</summary>
[CollectionDefinition(Name)]
public sealed class CephTests
{
    public const string Name = "Ceph";
}
