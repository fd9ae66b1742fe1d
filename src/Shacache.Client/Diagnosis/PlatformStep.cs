using Shacache.Core.Platforms;

namespace Shacache.Client.Diagnosis;

/// <summary>What this machine is, which decides what built software runs on it.</summary>
internal sealed class PlatformStep : IDiagnosisStep
{
    private const string Check = "machine";

    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        if (!diagnosis.IsBinary)
            return Task.CompletedTask;
        try
        {
            diagnosis.Platform ??= PlatformDetection.Detect();
            diagnosis.Checks.Pass(Check, null, $"{diagnosis.Platform.Multiarch}, {diagnosis.Platform.Distribution}");
        }
        catch (PlatformNotSupportedException e)
        {
            diagnosis.Checks.Fail(Check, null, e.Message, $"say what it is: --platform {Platform.TextForm}");
            diagnosis.RuleOut("it cannot be told what this machine is");
        }

        return Task.CompletedTask;
    }
}
