using Apache.Arrow;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>A read that the policy allowed, worked out to its last integer.</summary>
/// <param name="Store">The pinned data set, as it lies in memory.</param>
/// <param name="Schema">The schema that the reader sees.</param>
/// <param name="Ordinals">Its columns, as ordinals of the store's schema.</param>
/// <param name="Order">The order's identity.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="Delivery">The rank's steps.</param>
internal sealed record PlannedRead(StorePlan Store, Schema Schema, int[] Ordinals, Order Order, long Epoch, DeliveryPlan Delivery)
{
    /// <summary>What was asked for, with the version of a table pinned.</summary>
    public DatasetSelection Selection { get; init; } = new(Store.Dataset.Name, Store.Dataset.Table);

    /// <summary>Encoded bytes above which a batch is split; null for the service's measure.</summary>
    public int? MaxMessageBytes { get; init; }
}
