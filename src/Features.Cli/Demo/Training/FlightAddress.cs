using Features.Cli.Output;

namespace Features.Cli.Demo.Training;

/// <summary>Flight addresses as people and locations write them: <c>grpc://host:port</c>, <c>grpc+tcp://</c>, <c>grpc+tls://</c>, <c>http(s)://</c> or <c>host:port</c>.</summary>
internal static class FlightAddress
{
    public static Uri ToHttp(string address)
    {
        var (scheme, rest) = address.Split("://", 2) is [var s, var r] ? (s, r) : ("grpc", address);
        var http = scheme switch
        {
            "grpc" or "grpc+tcp" or "http" => "http",
            "grpc+tls" or "https" => "https",
            _ => throw new CliException(CliException.Usage, $"'{address}' is not a Flight address; write grpc://host:port or grpc+tls://host:port"),
        };
        return Uri.TryCreate($"{http}://{rest}", UriKind.Absolute, out var uri)
            ? uri
            : throw new CliException(CliException.Usage, $"'{address}' is not a Flight address; write grpc://host:port or grpc+tls://host:port");
    }
}
