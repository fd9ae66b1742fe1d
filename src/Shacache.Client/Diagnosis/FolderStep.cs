using Shacache.Client.Errors;

namespace Shacache.Client.Diagnosis;

/// <summary>A software release is never downloaded when its folder exists.</summary>
internal sealed class FolderStep : IDiagnosisStep
{
    private const string Check = "folder";

    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        if (!diagnosis.IsBinary)
            return Task.CompletedTask;
        if (diagnosis.SoftwareRoot is not { } root)
        {
            diagnosis.Checks.Note(Check, null, "software_root of section [slapos] is not set: whether it is installed cannot be told");
            return Task.CompletedTask;
        }

        string folder = Path.Combine(root, diagnosis.Keys[0].Value);
        if (Path.Exists(folder))
        {
            diagnosis.Checks.Fail(Check, folder, "it exists already: the cache is not asked", "remove the folder to have it installed anew");
            diagnosis.RuleOut($"it is installed already, in {OneLine.Of(folder)}");
        }
        else
        {
            diagnosis.Checks.Pass(Check, folder, "it does not exist yet");
        }

        return Task.CompletedTask;
    }
}
