using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>What a ticket says: the whole read, pinned, for one caller of one service and a time.</summary>
internal sealed record TicketClaims
{
    /// <summary>The version of the claims; a ticket of another one is stale.</summary>
    public const int Version = 2;

    public required string KeyId { get; init; }

    /// <summary>The ticket's id; renewed, it keeps it.</summary>
    public required string Id { get; init; }

    /// <summary>The service that it is for.</summary>
    public required string Audience { get; init; }

    public required string Subject { get; init; }

    /// <summary>The subject's tenant; null if it has none.</summary>
    public string? Tenant { get; init; }

    /// <summary>The rows and columns, the version of a table pinned.</summary>
    public required DatasetSelection Selection { get; init; }

    /// <summary>How features are packed; null for the layout of columns.</summary>
    public TensorOptions? Tensor { get; init; }

    public required Order Order { get; init; }

    public required long Epoch { get; init; }

    public required long Position { get; init; }

    public required Delivery Delivery { get; init; }

    /// <summary>Encoded bytes above which a batch is split; null for the service's measure.</summary>
    public int? MaxMessageBytes { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset Expires { get; init; }
}
