namespace Features.Flight.Validation;

/// <summary>How much of a stream is taken, whatever its messages claim.</summary>
internal sealed record IpcLimits
{
    /// <summary>The limits as they are where nothing else is said.</summary>
    public static IpcLimits Default { get; } = new();

    /// <summary>Bytes of a message's header. Default 16 MiB.</summary>
    public int HeaderBytes { get; init; } = 16 << 20;

    /// <summary>Fields of a schema, nested ones counted too. Default 10 000.</summary>
    public int Fields { get; init; } = 10_000;

    /// <summary>Levels of nesting; a plain column is one. Default 32.</summary>
    public int Depth { get; init; } = 32;

    /// <summary>Rows of a batch, and items of a nested array in it. Default 16 Mi.</summary>
    public int BatchRows { get; init; } = 16 << 20;

    /// <summary>Bytes of all dictionaries that stand at a time. Default 64 MiB.</summary>
    public long DictionaryBytes { get; init; } = 64 << 20;
}
