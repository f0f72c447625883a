using Apache.Arrow;
using Features.Flight.Protocol;

namespace Features.Flight.Client;

/// <summary>A data set that the service offers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Digest">The digest of its content.</param>
/// <param name="Schema">Its columns.</param>
public sealed record DatasetInfo(string Name, long Rows, string Digest, Schema Schema)
{
    internal static DatasetInfo Of(FlightInfo info)
    {
        var plan = ReadPlan.Of(info);
        return new DatasetInfo(info.FlightDescriptor.Path.FirstOrDefault() ?? "", plan.Start.Order.Rows, plan.Start.Order.Content, plan.Schema);
    }
}
