namespace Shacache.Client.Diagnosis;

/// <summary>One step of a diagnosis.</summary>
internal interface IDiagnosisStep
{
    /// <summary>Checks, and tells the case what it found. Trouble with a server is a finding, not an exception.</summary>
    Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken);
}
