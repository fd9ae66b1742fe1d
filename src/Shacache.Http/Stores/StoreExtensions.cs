using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Retention;
using Shacache.Http.Access;

namespace Shacache.Http.Stores;

/// <summary>Gives operators what they do to the stores of a server.</summary>
public static class StoreExtensions
{
    /// <summary>Adds it. The cache itself must be added too.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="withdrawal">Takes content away, and makes rules.</param>
    /// <param name="cleanUp">Removes what is of no use any more.</param>
    public static IServiceCollection AddShacacheStores(this IServiceCollection services, ContentWithdrawal withdrawal, StoreCleanUp cleanUp)
    {
        services.AddSingleton(withdrawal);
        services.AddSingleton(cleanUp);
        services.AddSingleton<RetentionOperations>();
        services.AddStoreOperation<RetentionOperations>("POST", "pin", retention => retention.PinAsync);
        services.AddStoreOperation<RetentionOperations>("POST", "unpin", retention => retention.UnpinAsync);
        services.AddStoreOperation<RetentionOperations>("GET", "pins", retention => retention.ListPinsAsync);
        services.AddStoreOperation<RetentionOperations>("POST", "block", retention => retention.BlockAsync);
        services.AddStoreOperation<RetentionOperations>("POST", "unblock", retention => retention.UnblockAsync);
        services.AddStoreOperation<RetentionOperations>("GET", "blocked", retention => retention.ListBlocksAsync);
        services.AddStoreOperation<RetentionOperations>("POST", "remove", retention => retention.RemoveAsync);
        services.AddSingleton<CleanUpOperation>();
        services.AddStoreOperation<CleanUpOperation>("POST", "gc", cleaning => cleaning.HandleAsync);
        return services;
    }
}
