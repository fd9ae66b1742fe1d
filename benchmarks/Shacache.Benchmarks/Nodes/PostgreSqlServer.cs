using Shacache.Benchmarks.Load;

namespace Shacache.Testing.PostgreSql;

/// <content>What a benchmark does without it.</content>
public sealed partial class PostgreSqlServer
{
    private static void Require()
    {
        if (!IsInstalled)
            throw new LoadException("PostgreSQL is not installed (Debian: apt-get install postgresql)");
    }
}
