using Shacache.Client.Configuration;
using Shacache.Core.Signing;

namespace Shacache.Client.Diagnosis;

/// <summary>Whose signatures count.</summary>
internal sealed class TrustStep : IDiagnosisStep
{
    private const string Check = "configuration";
    private const string Option = "signature-certificate-list";

    public Task RunAsync(DiagnosisCase diagnosis, CancellationToken cancellationToken)
    {
        // What is named by its digest needs no signature.
        if (diagnosis.Content is not null)
            return Task.CompletedTask;
        TrustedKeys trusted = diagnosis.Client.TrustedKeys;
        foreach (string warning in trusted.Warnings)
            diagnosis.Checks.Doubt(Check, Option, warning, "mend or remove it; entries of that machine are not trusted");
        if (trusted.Keys.Count > 0)
        {
            string names = string.Join(", ", trusted.Keys.Select(key => key.Subject));
            string demands = (diagnosis.Options.SignaturePolicy, diagnosis.Options.KeyBinding) switch
            {
                (SignaturePolicy.Any, KeyBinding.Provable) => "",
                (SignaturePolicy.Strong, KeyBinding.Provable) => "; signature-policy is strong",
                (SignaturePolicy.Any, _) => "; key-binding is strict",
                _ => "; signature-policy is strong, key-binding is strict",
            };
            diagnosis.Checks.Pass(Check, Option, $"{trusted.Keys.Count} trusted: {names}{demands}");
            return Task.CompletedTask;
        }

        diagnosis.Checks.Fail(Check, Option, trusted.Warnings.Count > 0 ? "no certificate of it can be read: nothing is trusted" : "it is empty: nothing is trusted", "add the certificates of the machines that you trust");
        diagnosis.RuleOut("no certificate is trusted");
        return Task.CompletedTask;
    }
}
