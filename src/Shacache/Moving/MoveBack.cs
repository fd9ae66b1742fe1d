using Shacache.Blobs.FileSystem;
using Shacache.Blobs.S3;
using Shacache.Cli.Contents;
using Shacache.Cli.Databases;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql;
using Shacache.Database.Sqlite;

namespace Shacache.Cli.Moving;

/// <summary>From an object store, from PostgreSQL, or from both, whose nodes may run, to a data folder that nothing uses.</summary>
internal static class MoveBack
{
    /// <param name="dataFolder">The folder, whose lock the caller holds.</param>
    /// <param name="content">Where content comes from; null when it stays.</param>
    /// <param name="database">Where the rest comes from; null when it stays.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobStoreException">That is not possible.</exception>
    /// <exception cref="EntryStoreException">That is not possible.</exception>
    public static async Task<MoveEnds> OpenAsync(string dataFolder, S3Options? content, PostgreSqlOptions? database, TimeProvider time, CancellationToken cancellationToken)
    {
        string source = MoveAway.NameOf(content, database);
        Claim(dataFolder, source, content is not null, database is not null);
        var ends = new MoveEnds { Source = source, Target = dataFolder, IsMirror = true };
        try
        {
            // What is named wrongly is found before anything is done.
            if (content is not null)
            {
                S3ContentSource from = ends.Own(new S3ContentSource(content, time));
                await from.HasAsync(new Digest(new byte[Digest.LengthBytes]), cancellationToken);
                ends.Content = (from, ends.Own(FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = dataFolder })));
            }

            if (database is not null)
            {
                PostgreSqlDatabase from = ends.Own(new PostgreSqlDatabase(database, time));
                await from.Rows.CountContentAsync(cancellationToken);
                SqliteDatabase to = ends.Own(await SqliteDatabase.OpenAsync(SqliteServedDatabase.PathIn(dataFolder), time, cancellationToken));
                ends.Rows = (from.Rows, to.Rows);
            }

            ends.EndAsync = _ =>
            {
                if (content is not null)
                    ContentMark.Remove(dataFolder);
                if (database is not null)
                    DatabaseMark.Remove(dataFolder);
                MoveMark.End(dataFolder, source);
                return Task.CompletedTask;
            };
            return ends;
        }
        catch
        {
            await ends.DisposeAsync();
            throw;
        }
    }

    private static void Claim(string dataFolder, string source, bool takesContent, bool takesDatabase)
    {
        string? known = MoveMark.FindSource(dataFolder);
        if (known is not null && known != source)
            throw new BlobStoreException($"{dataFolder} holds a copy of {known}. Name that one, or a new folder.");
        if (known is null && takesContent && Directory.Exists(Path.Combine(dataFolder, "blobs")) && Directory.EnumerateFiles(Path.Combine(dataFolder, "blobs"), "*", SearchOption.AllDirectories).Any())
            throw new BlobStoreException($"{dataFolder} has content of its own, in blobs. Nothing was changed; name a new folder.");
        if (known is null && takesDatabase && File.Exists(SqliteServedDatabase.PathIn(dataFolder)))
            throw new EntryStoreException($"{dataFolder} has a database of its own, {SqliteServedDatabase.FileName}. Nothing was changed; name a new folder.");
        MoveMark.Begin(dataFolder, source);
    }
}
