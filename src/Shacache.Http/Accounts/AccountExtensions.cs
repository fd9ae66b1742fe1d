using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shacache.Core.Accounts;
using Shacache.Http.Access;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Routing;

namespace Shacache.Http.Accounts;

/// <summary>Gives a cache accounts.</summary>
public static class AccountExtensions
{
    /// <summary>Adds accounts. The cache itself must be added too.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="authority">The certificate authority; accounts are off until it is there.</param>
    /// <param name="options">What callers may do, and how often.</param>
    public static IServiceCollection AddShacacheAccounts(this IServiceCollection services, AccountAuthority authority, AccountOptions options)
    {
        services.AddSingleton(authority);
        services.AddSingleton(options);
        services.AddSingleton<RateLimits>();
        services.AddSingleton<CertificateVerdicts>();
        services.AddSingleton<CertificateAuthentication>();
        services.AddSingleton<TokenAuthentication>();
        services.AddSingleton<CallerAuthentication>();
        services.AddSingleton<DailyUse>();
        services.AddSingleton<AuditNotes>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<AuditPages>();
        services.AddSingleton<AccountGate>();
        services.Replace(ServiceDescriptor.Singleton<IUploadGate>(provider => provider.GetRequiredService<AccountGate>()));
        services.Replace(ServiceDescriptor.Singleton<IOperatorGate>(provider => provider.GetRequiredService<AccountGate>()));
        services.Replace(ServiceDescriptor.Singleton<IReadGate>(provider => provider.GetRequiredService<AccountGate>()));
        services.AddSingleton<AccountEnrolment>();
        services.AddSingleton<AccountAdministration>();
        services.AddSingleton<IEndpoint, AccountEndpoint>();
        services.AddSingleton<IEndpoint, AdminEndpoint>();
        services.AddHostedService<AuthorityWatch>();
        return services;
    }
}
