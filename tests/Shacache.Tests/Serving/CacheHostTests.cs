using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Shacache.Cli.Errors;
using Shacache.Cli.Serving;

namespace Shacache.Tests.Serving;

public sealed class CacheHostTests
{
    [Fact]
    public async Task ThrowIfFailed_ABackgroundServiceEndedTheHost_SaysWhichAndWhy()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddHostedService<FailingService>();
        using IHost host = builder.Build();

        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.WaitForShutdownAsync(TestContext.Current.CancellationToken);
        var failure = Assert.Throws<CommandFailedException>(() => CacheHost.ThrowIfFailed(host.Services, NullLogger.Instance));

        Assert.Equal(1, failure.ExitCode);
        Assert.Equal("the server has stopped, since its FailingService failed: The disk is gone.", failure.Message);
    }

    private sealed class FailingService : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new IOException("The disk is gone.");
        }
    }
}
