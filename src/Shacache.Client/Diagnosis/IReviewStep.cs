namespace Shacache.Client.Diagnosis;

/// <summary>One part of the review of a configuration.</summary>
internal interface IReviewStep
{
    /// <summary>Checks, and tells the case what it found. Whatever is wrong is a finding, not an exception.</summary>
    Task RunAsync(ReviewCase review, CancellationToken cancellationToken);
}
