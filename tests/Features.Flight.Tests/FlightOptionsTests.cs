using System.ComponentModel.DataAnnotations;
using Features.Flight.Cache;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Features.Flight.Tests;

public class FlightOptionsTests
{
    [Fact]
    public void Options_Defaults_AreThoseDocumentedAndValid()
    {
        var options = new FlightOptions();
        options.Validate();
        Assert.Equal((1L << 30, 2 << 20, TimeSpan.FromHours(1), TimeSpan.FromSeconds(5)), (options.MemoryBudgetBytes, options.MaxMessageBytes, options.TicketLifetime, options.PollWait));
        Assert.Equal((null, 10L << 30, 0), (options.SpillFolder, options.SpillBudgetBytes, options.LoadParallelism));
    }

    [Fact]
    public void Options_WithManyFaults_NameEach()
    {
        var options = new FlightOptions
        {
            MemoryBudgetBytes = 0,
            MaxMessageBytes = 1,
            TicketLifetime = TimeSpan.Zero,
            Locations = [new("http://x:1")],
            TicketKeys = [new("short", new byte[8])],
        };

        var error = Assert.Throws<ValidationException>(options.Validate).Message;

        foreach (var part in new[] { "MemoryBudgetBytes", "MaxMessageBytes", "TicketLifetime", "'http'", "'short' has 8 bytes" })
        {
            Assert.Contains(part, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Key_InALog_ShowsNoSecret() => Assert.Equal("TicketKey { Id = k }", new TicketKey("k", new byte[32]).ToString());

    [Fact]
    public void Map_WithoutAPolicy_IsRefused()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton<IDatasetSource>(new MemorySource()).AddFeaturesFlight(new FlightOptions());
        var app = builder.Build();

        Assert.Contains("IFlightAccess", Assert.Throws<InvalidOperationException>(() => app.MapFeaturesFlight()).Message, StringComparison.Ordinal);
    }
}
