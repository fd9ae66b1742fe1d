using System.Runtime.CompilerServices;
using Shacache.Core.Blobs;
using SQLitePCL;

namespace Shacache.Database.Sqlite.Engine;

/// <summary>What is done with a whole database while it is in use. Calls block, except where they say otherwise.</summary>
internal static class DatabaseInspection
{
    private const int StepPages = 256;
    private const int PageRows = 1024;
    private const int MaxProblems = 100;

    /// <summary>Copies the database as it is now: a read transaction keeps that state, and neither waits for writers nor has them wait.</summary>
    public static void Copy(string path, string target, CancellationToken cancellationToken)
    {
        try
        {
            foreach (string left in new[] { target, $"{target}-journal", $"{target}-wal", $"{target}-shm" })
                File.Delete(left);
            using Connection source = Connection.Open(path, Connection.BusyTimeoutMs);
            using Connection copy = Connection.Open(target, Connection.BusyTimeoutMs);
            source.ExecuteScript("PRAGMA query_only = 1; BEGIN; SELECT count(*) FROM sqlite_schema;");
            CopyPages(source, copy, cancellationToken);
            source.ExecuteScript("ROLLBACK;");

            // A copy of damage is not to take the place of an older copy without.
            using (Statement check = copy.Prepare("PRAGMA quick_check(1)"))
            {
                if (check.Step() && check.Text(0) is var problem && problem != "ok")
                    throw new BlobStoreException($"The database was not copied to {target}, as it is damaged: {problem}. 'shacache admin check' says more.");
            }

            // One file, that can be read where nothing can be written.
            copy.ExecuteScript("PRAGMA journal_mode = DELETE;");
        }
        catch (SqliteFailureException e)
        {
            throw e.ForBlobs($"The database was not copied to {target}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"The database was not copied to {target}: {e.Message}", e);
        }
    }

    /// <summary>Reads everything, and compares tables, indexes and totals.</summary>
    /// <returns>One line for each problem.</returns>
    public static IReadOnlyList<string> FindDamage(string path, CancellationToken cancellationToken)
    {
        List<string> problems = [];
        try
        {
            using Connection connection = Connection.Open(path, Connection.BusyTimeoutMs);
            using CancellationTokenRegistration stop = cancellationToken.Register(() => raw.sqlite3_interrupt(connection.Handle));
            connection.ExecuteScript("PRAGMA query_only = 1;");
            using (Statement check = connection.Prepare("PRAGMA integrity_check(100)"))
            {
                while (check.Step() && problems.Count < MaxProblems)
                    problems.Add(check.Text(0));
            }

            if (problems is ["ok"])
                problems.Clear();
            using Statement totals = connection.Prepare(
                "SELECT t.count, t.length, b.count, b.length FROM blob_totals AS t, (SELECT count(*) AS count, ifnull(sum(length), 0) AS length FROM blobs) AS b");
            if (problems.Count == 0 && totals.Step() && (totals.Int64(0), totals.Int64(1)) != (totals.Int64(2), totals.Int64(3)))
            {
                problems.Add(
                    $"the totals of the index are {totals.Int64(0)} objects of {totals.Int64(1)} bytes, and its rows {totals.Int64(2)} of {totals.Int64(3)}");
            }
        }
        catch (SqliteFailureException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            problems.Add(e.Message);
        }

        return problems;
    }

    /// <summary>The content of every entry, in pages. Does not block.</summary>
    public static async IAsyncEnumerable<Digest> ListEntryContentAsync(ReaderPool readers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long after = long.MinValue;
        List<Digest> page = new(PageRows);
        do
        {
            page.Clear();
            try
            {
                using ReaderPool.Lease lease = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
                using Statement select = lease.Connection.Prepare("SELECT digest, id FROM entries WHERE id > ?1 ORDER BY id LIMIT ?2");
                select.Bind(1, after).Bind(2, PageRows);
                while (select.Step())
                {
                    page.Add(new Digest(select.Bytes(0)));
                    after = select.Int64(1);
                }
            }
            catch (SqliteFailureException e)
            {
                throw e.ForBlobs("The entries were not read");
            }

            foreach (Digest digest in page)
                yield return digest;
        }
        while (page.Count == PageRows);
    }

    private static void CopyPages(Connection source, Connection copy, CancellationToken cancellationToken)
    {
        using sqlite3_backup backup = raw.sqlite3_backup_init(copy.Handle, "main", source.Handle, "main");
        if (backup.IsInvalid)
            copy.Check(raw.sqlite3_errcode(copy.Handle));
        int result;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            result = raw.sqlite3_backup_step(backup, StepPages);
        }
        while (result == raw.SQLITE_OK);
        int ended = raw.sqlite3_backup_finish(backup);
        if (result != raw.SQLITE_DONE || ended != raw.SQLITE_OK)
            throw new SqliteFailureException(result, raw.sqlite3_errstr(result).utf8_to_string());
    }
}
