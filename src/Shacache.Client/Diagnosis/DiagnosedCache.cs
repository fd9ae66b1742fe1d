namespace Shacache.Client.Diagnosis;

/// <summary>Which of the two caches is looked at.</summary>
internal enum DiagnosedCache
{
    /// <summary>Files by their URL.</summary>
    Download,

    /// <summary>Built software releases by theirs.</summary>
    Binary,
}
