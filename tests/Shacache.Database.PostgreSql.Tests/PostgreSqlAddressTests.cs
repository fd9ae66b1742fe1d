namespace Shacache.Database.PostgreSql.Tests;

public sealed class PostgreSqlAddressTests
{
    [Theory]
    [InlineData("postgresql://node@db.example:5433/cache", "postgresql://node@db.example:5433/cache", "db.example:5433")]
    [InlineData("postgres://db.example", "postgresql://db.example/", "db.example")]
    [InlineData("postgresql:///cache", "postgresql://localhost/cache", "localhost")]
    [InlineData("postgresql://node:p%40ss@a,b:5433,[2001:db8::1]/cache", "postgresql://node@a,b:5433,[2001:db8::1]/cache", "a,b:5433,2001:db8::1")]
    [InlineData("postgresql://node@a,b:5433,[2001:db8::1]:5434/cache", "postgresql://node@a,b:5433,[2001:db8::1]:5434/cache", "a,b:5433,[2001:db8::1]:5434")]
    [InlineData("postgresql://%2Fvar%2Frun%2Fpostgresql/cache", "postgresql://%2Fvar%2Frun%2Fpostgresql/cache", "/var/run/postgresql")]
    [InlineData("postgresql:///cache?host=/var/run/postgresql&user=node", "postgresql://node@%2Fvar%2Frun%2Fpostgresql/cache", "/var/run/postgresql")]
    public void TryParse_UriOfLibpq_IsUnderstoodAndShownWithoutThePassword(string text, string shown, string host)
    {
        Assert.True(PostgreSqlAddress.TryParse(text, out PostgreSqlAddress? address, out string? problem), problem);
        Assert.Equal(shown, address.ToString());
        Assert.Equal(host, address.ToConnectionString().Host);
        Assert.Equal(text.Contains("p%40ss", StringComparison.Ordinal), address.HasPassword);
    }

    [Fact]
    public void TryParse_Parameters_AreGivenToNpgsql()
    {
        Assert.True(PostgreSqlAddress.TryParse("postgresql://n:s%3Bx@h/d?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=7&target_session_attrs=primary", out PostgreSqlAddress? address, out _));
        Npgsql.NpgsqlConnectionStringBuilder settings = address.ToConnectionString();
        Assert.Equal((Npgsql.SslMode.VerifyFull, "/ca.pem", 7, "s;x", "d", "n"), (settings.SslMode, settings.RootCertificate, settings.Timeout, settings.Password, settings.Database, settings.Username));
        Assert.Equal(Npgsql.TargetSessionAttributes.Primary, address.Target);
    }

    [Theory]
    [InlineData("a,b", Npgsql.TargetSessionAttributes.ReadWrite)]
    [InlineData("a", null)]
    public void Target_NotSaid_IsWhereChangesAreTakenWhenThereIsAChoice(string hosts, Npgsql.TargetSessionAttributes? expected)
    {
        Assert.True(PostgreSqlAddress.TryParse($"postgresql://{hosts}/d", out PostgreSqlAddress? address, out _));
        Assert.Equal(expected, address.Target);
    }

    [Theory]
    [InlineData("mysql://h/d", "postgresql://")]
    [InlineData("/var/lib/db", "postgresql://")]
    [InlineData("postgresql://h/d?sslmode=maybe", "sslmode=maybe")]
    [InlineData("postgresql://h/d?ssl_mode=require", "'ssl_mode'")]
    [InlineData("postgresql://h:0/d", "'0' is not a port")]
    [InlineData("postgresql://h:65536/d", "'65536' is not a port")]
    [InlineData("postgresql://[::1/d", "no closing bracket")]
    [InlineData("postgresql://a,b,c/d?port=1,2", "3 hosts and 2 ports")]
    [InlineData("postgresql://h/d?target_session_attrs=standby", "target_session_attrs=standby")]
    [InlineData("postgresql://h/d?connect_timeout=0", "connect_timeout=0")]
    public void TryParse_Wrong_SaysWhatInOneLine(string text, string part)
    {
        Assert.False(PostgreSqlAddress.TryParse(text, out _, out string? problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void TryParse_WrongWithAPassword_DoesNotShowIt()
    {
        Assert.False(PostgreSqlAddress.TryParse("postgresql://node:geheim@h/d?x=1", out _, out string? problem));
        Assert.DoesNotContain("geheim", problem, StringComparison.Ordinal);
    }
}
