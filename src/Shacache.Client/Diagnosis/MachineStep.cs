using Shacache.Client.Errors;
using Shacache.Core.Platforms;

namespace Shacache.Client.Diagnosis;

/// <summary>What this machine says about a software release: whether it is installed already, and which built software runs here.</summary>
internal sealed class MachineStep : IDiagnosisStep
{
    private const string FolderCheck = "folder";
    private const string MachineCheck = "machine";

    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        if (diagnosis.IsBinary)
        {
            ReviewFolder(diagnosis);
            ReviewPlatform(diagnosis);
        }

        return Task.CompletedTask;
    }

    private static void ReviewFolder(DiagnosisCase diagnosis)
    {
        if (diagnosis.SoftwareRoot is not { } root)
        {
            diagnosis.Checks.Note(FolderCheck, null, "software_root of section [slapos] is not set: whether it is installed is unknown");
            return;
        }

        string folder = Path.Combine(root, diagnosis.Keys[0].Value);
        if (!Path.Exists(folder))
        {
            diagnosis.Checks.Pass(FolderCheck, folder, "it does not exist yet");
            return;
        }

        diagnosis.Checks.Fail(FolderCheck, folder, "it exists already: the cache is not asked", "remove the folder to have it installed again");
        diagnosis.RuleOut($"it is installed already, in {OneLine.Of(folder)}");
    }

    private static void ReviewPlatform(DiagnosisCase diagnosis)
    {
        try
        {
            diagnosis.Platform ??= PlatformDetection.Detect();
            diagnosis.Checks.Pass(MachineCheck, null, $"{diagnosis.Platform.Multiarch}, {diagnosis.Platform.Distribution}");
        }
        catch (PlatformNotSupportedException e)
        {
            diagnosis.Checks.Fail(MachineCheck, null, e.Message, $"give the platform: --platform {Platform.TextForm}");
            diagnosis.RuleOut("the platform of this machine is unknown");
        }
    }
}
