using Features.Flight.Layout;
using Features.Ordering;

namespace Features.Flight.Protocol;

/// <summary>
/// What a job asks of a data set: its order, its share and its columns. As a Flight descriptor it is a command in JSON
/// (<c>schemas/flight/request.schema.json</c>).
/// </summary>
/// <param name="Dataset">The training set's name; the table's where <see cref="Table"/> is set.</param>
public sealed record DatasetRequest(string Dataset)
{
    /// <summary>The largest <see cref="Batch"/>.</summary>
    public const int MaxBatch = 1 << 20;

    /// <summary>The largest <see cref="World"/>.</summary>
    public const int MaxWorld = 1 << 16;

    /// <summary>The longest <see cref="Filter"/>, in characters.</summary>
    public const int MaxFilter = 1 << 14;

    /// <summary>The longest name of a data set, a table, a column or a ref, in characters.</summary>
    public const int MaxName = 1 << 10;

    /// <summary>The most <see cref="Columns"/>.</summary>
    public const int MaxColumns = 1 << 14;

    /// <summary>The least <see cref="MaxMessageBytes"/>: 64 KiB.</summary>
    public const int LeastMessageBytes = 64 << 10;

    /// <summary>The largest <see cref="MaxMessageBytes"/>: 64 MiB.</summary>
    public const int MostMessageBytes = 64 << 20;

    /// <summary>The largest seed and epoch: 2^53 - 1, so that every reader of JSON carries them exactly.</summary>
    public const long MaxInteger = (1L << 53) - 1;

    /// <summary>Rows of a batch, which is what a rank gets in a step. Default 4096; at most <see cref="MaxBatch"/>.</summary>
    public int Batch { get; init; } = 4096;

    /// <summary>The order: stored order by default.</summary>
    public OrderMode Shuffle { get; init; } = OrderMode.None;

    /// <summary>The seed of a shuffled order, from 0. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>The epoch, from 0; each has its own shuffled order. Default 0.</summary>
    public long Epoch { get; init; }

    /// <summary>Positions of the epoch that are consumed already, by all ranks together. Default 0.</summary>
    public long Position { get; init; }

    /// <summary>This rank, from 0. Default 0.</summary>
    public int Rank { get; init; }

    /// <summary>The number of ranks. Default 1.</summary>
    public int World { get; init; } = 1;

    /// <summary>What becomes of the last, partial step; null for <see cref="Tail.Keep"/> in a world of one and <see cref="Tail.Drop"/> else.</summary>
    public Tail? Tail { get; init; }

    /// <summary>The columns by name, in the order wanted; null for all.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The version of the table that <see cref="Dataset"/> names; null if it names a training set.</summary>
    public TableSelection? Table { get; init; }

    /// <summary>A predicate over the columns, which rows must satisfy; null for all rows.</summary>
    public string? Filter { get; init; }

    /// <summary>How numeric features are packed into a tensor; null, the default, for the layout of columns.</summary>
    public TensorOptions? Tensor { get; init; }

    /// <summary>How samples are grouped; set if and only if <see cref="Shuffle"/> is <see cref="OrderMode.Grouped"/>.</summary>
    public Grouping? Grouping { get; init; }

    /// <summary>
    /// Whether a newer version of the data set may be given from an epoch on that no rank has begun yet. Default false: the version that is current when the read is planned.
    /// </summary>
    public bool Follow { get; init; }

    /// <summary>
    /// Bytes of an encoded batch above which it is split, from <see cref="LeastMessageBytes"/> to <see cref="MostMessageBytes"/>; null, the
    /// default, for the service's own measure, which every client takes.
    /// </summary>
    public int? MaxMessageBytes { get; init; }

    /// <summary>
    /// A state to resume from; it sets <see cref="Epoch"/> and <see cref="Position"/>, and is refused unless its order is the one asked for.
    /// Null to begin with what these say.
    /// </summary>
    public OrderState? State { get; init; }

    /// <summary>The rows and columns that are asked for.</summary>
    public DatasetSelection ToSelection() => new(Dataset, Table) { Filter = Filter, Columns = Columns };

    /// <summary>The delivery that is asked for.</summary>
    /// <exception cref="ArgumentException">Rank, world, batch or tail do not go together.</exception>
    public Delivery ToDelivery() => new(Batch, World, Rank, Tail ?? (World == 1 ? Ordering.Tail.Keep : Ordering.Tail.Drop));
}
