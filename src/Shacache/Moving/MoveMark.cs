using Shacache.Core.Blobs;
using Shacache.Core.Messages;

namespace Shacache.Cli.Moving;

/// <summary>A file in a data folder that other stores are copied into: until the copy has come to its end nothing else may use it, and when a server begins nothing is copied there any more.</summary>
internal static class MoveMark
{
    private const string FileName = "moving";
    private const string UnderWay = "under way";
    private const string Whole = "whole";

    /// <summary>What is copied into a folder; null when nothing is.</summary>
    /// <exception cref="BlobStoreException">The file cannot be read.</exception>
    public static string? FindSource(string dataFolder) => Read(dataFolder) is [_, var source, ..] ? source : null;

    /// <summary>A copy begins, or goes on.</summary>
    /// <exception cref="BlobStoreException">The file cannot be written.</exception>
    public static void Begin(string dataFolder, string source) => Write(dataFolder, $"{UnderWay}\n{source}\n");

    /// <summary>A copy has come to its end.</summary>
    /// <exception cref="BlobStoreException">The file cannot be written.</exception>
    public static void End(string dataFolder, string source) => Write(dataFolder, $"{Whole}\n{source}\n");

    /// <summary>Refuses a folder whose copy has not come to its end.</summary>
    /// <exception cref="BlobStoreException">It has not.</exception>
    public static void CheckIsWhole(string dataFolder)
    {
        if (Read(dataFolder) is [UnderWay, var source, ..])
            throw new BlobStoreException($"{dataFolder} is not whole: the copy of {source} into it has not come to its end. Run 'shacache admin migrate' again.");
    }

    /// <summary>A server begins: what is copied there ends.</summary>
    /// <exception cref="BlobStoreException">The file cannot be removed.</exception>
    public static void Remove(string dataFolder) => Change(dataFolder, static path =>
    {
        File.Delete(path);
        return true;
    });

    private static string[] Read(string dataFolder) => Change(dataFolder, static path => File.Exists(path) ? File.ReadAllLines(path) : []);

    private static void Write(string dataFolder, string text) => Change(dataFolder, path =>
    {
        File.WriteAllText($"{path}.new", text);
        File.Move($"{path}.new", path, overwrite: true);
        return true;
    });

    private static T Change<T>(string dataFolder, Func<string, T> change)
    {
        string path = Path.Combine(dataFolder, FileName);
        try
        {
            return change(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"{path} cannot be used: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
