using Apache.Arrow;
using Features.Flight.Cache;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>A read that the policy allowed, worked out to its last integer.</summary>
/// <param name="Dataset">The pinned data set.</param>
/// <param name="Schema">The schema that the reader sees.</param>
/// <param name="Ordinals">Its columns, as ordinals of the data set's schema.</param>
/// <param name="Order">The order's identity.</param>
/// <param name="Epoch">The epoch.</param>
/// <param name="Delivery">The rank's steps.</param>
internal sealed record PlannedRead(DatasetPlan Dataset, Schema Schema, int[] Ordinals, Order Order, long Epoch, DeliveryPlan Delivery);
