using System.CommandLine;
using Features.Server.Hosting;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features serve</c>: the functions host, the Flight service and the online service of a workspace, until it is stopped.</summary>
internal static class ServeCommand
{
    public static Command Create(CliConsole console)
    {
        var events = new Option<string?>("--events") { Description = "Where events are received; default: functions.listen of features.yaml. Port 0 takes any free one.", HelpName = "URL" };
        var flight = new Option<string?>("--flight") { Description = "Where training jobs connect; default: flight.listen of features.yaml. Port 0 takes any free one.", HelpName = "ADDR" };
        var online = new Option<string?>("--online") { Description = "Where features are asked for, in the shapes of Feast's clients; default: online.listen of features.yaml. Port 0 takes any free one.", HelpName = "URL" };
        var folder = Verb.Workspace();
        return Verb.Create("serve", "Receive events and ingest what they announce; serve training sets over Arrow Flight, and features online over HTTP. Stops, after the batch in hand, on Ctrl+C or SIGTERM.", "features serve --flight grpc://127.0.0.1:7071", events, flight, online, folder).Does(async (parse, cancellationToken) =>
        {
            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            var options = FeaturesHostOptions.From(workspace.Config, parse.GetValue(events), parse.GetValue(flight), parse.GetValue(online));
            await using var host = await FeaturesHost.StartAsync(workspace, options, cancellationToken);
            await console.Out.WriteLineAsync($"events  {new Uri(host.EventsAddress, "/events")}");
            await console.Out.WriteLineAsync($"flight  {host.FlightAddress.ToString().TrimEnd('/')}");
            if (host.FlightSocket is { } socket)
            {
                await console.Out.WriteLineAsync($"socket  grpc+unix://{socket}");
            }

            await console.Out.WriteLineAsync($"online  {host.OnlineAddress!.ToString().TrimEnd('/')}");
            if (host.MetricsAddress is { } metrics)
            {
                await console.Out.WriteLineAsync($"metrics {metrics}");
            }

            var configured = workspace.Config.Flight;
            await console.Out.WriteLineAsync(
                $"cache   {configured.CacheMb} MiB{(configured.Spill is { } spill ? $", {spill.BudgetMb} MiB more in {spill.Path}" : "")}, {(configured.Auth is { } auth ? $"bearer tokens of {auth.Issuer}" : "no authentication")}, {(configured.Tls is null ? "no TLS" : "TLS")}");
            await console.Out.FlushAsync(cancellationToken);
            await host.WaitForShutdownAsync(cancellationToken);
        });
    }
}
