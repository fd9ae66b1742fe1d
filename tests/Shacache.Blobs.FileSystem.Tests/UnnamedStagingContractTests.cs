namespace Shacache.Blobs.FileSystem.Tests;

public sealed class UnnamedStagingContractTests() : FileSystemBlobStoreContract(unnamedStaging: true);
