namespace Shacache.Testing.Ceph;

/// <content>What tests do without it.</content>
public sealed partial class CephServer
{
    /// <summary>Skips the test, visibly, when there is no Ceph; under CI it fails.</summary>
    public static void Require()
    {
        if (IsInstalled)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail("Ceph is not installed.");
        Assert.Skip("Ceph is not installed; ./test installs it when it runs as root.");
    }
}
