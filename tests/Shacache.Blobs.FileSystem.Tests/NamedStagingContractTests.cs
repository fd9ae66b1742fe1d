namespace Shacache.Blobs.FileSystem.Tests;

public sealed class NamedStagingContractTests() : FileSystemBlobStoreContract(unnamedStaging: false);
