namespace Shacache.Client.Diagnosis;

/// <summary>How a check went.</summary>
public enum CheckState
{
    /// <summary>As it should be.</summary>
    Passed,

    /// <summary>Nothing is wrong; it is good to know.</summary>
    Noted,

    /// <summary>It works, but should be changed.</summary>
    Doubtful,

    /// <summary>It is wrong, or stands in the way of what was asked.</summary>
    Failed,
}
