namespace Shacache.Testing.PostgreSql;

/// <content>What tests do without it.</content>
public sealed partial class PostgreSqlServer
{
    /// <summary>Skips the test, visibly, when there is no PostgreSQL; under CI it fails.</summary>
    public static void Require()
    {
        if (IsInstalled)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail("PostgreSQL is not installed.");
        Assert.Skip("PostgreSQL is not installed; ./test installs it when it runs as root.");
    }
}
