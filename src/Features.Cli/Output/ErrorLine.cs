using System.Net.Http;
using Features.Core;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Iceberg;
using Features.Server.Workspaces;
using Grpc.Core;

namespace Features.Cli.Output;

/// <summary>Errors as the command line says them: <c>error CODE: what, which, remedy</c>.</summary>
internal static class ErrorLine
{
    /// <summary>The lines of an error: one, or one for each fault of the definitions.</summary>
    public static IEnumerable<string> AllOf(Exception exception) => exception is DefinitionsException { Faults: { Count: > 1 } faults } definitions
        ? faults.Select(fault => Line(definitions.Code, fault.ToString()))
        : [Of(exception)];

    private static string Of(Exception exception)
    {
        var (code, message) = exception switch
        {
            CliException e => (e.Code, e.Message),
            SqlException { InnerException: IcebergException e } => (e.Code, e.Message),
            FeaturesException e => (e.Code, e.Message),
            IcebergException e => (e.Code, e.Message),
            WorkspaceException e => (e.Code, e.Message),
            Flight.FlightException e => ("flight", e.Message),
            OperationCanceledException => ("cancelled", "the command was cancelled; what was committed stays, running it again goes on from there"),
            RpcException { StatusCode: StatusCode.Unavailable } e => ("unavailable", $"the Flight server did not answer ({e.Status.Detail}); check --flight ADDR, and that 'features serve' runs there"),
            RpcException e => (Kebab(e.StatusCode.ToString()), e.Status.Detail),
            HttpRequestException e => ("http", $"{e.Message}; check the address, and that 'features serve' runs there"),
            UnauthorizedAccessException e => ("storage", $"{e.Message}; change the permissions or choose another place"),
            IOException e => ("storage", $"{e.Message}; check the path and the space left on the disk"),
            _ => ("internal", $"{exception.GetType().Name}: {exception.Message}; this is a fault of features itself: run again with FEATURES_TRACE=1 and report what it prints"),
        };
        return Line(code, message);
    }

    private static string Line(string code, string message) => $"error {code}: {message.ReplaceLineEndings(" ")}";

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
