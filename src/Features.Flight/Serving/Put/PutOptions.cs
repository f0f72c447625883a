using System.ComponentModel.DataAnnotations;

namespace Features.Flight.Serving.Put;

/// <summary>How much DoPut takes.</summary>
public sealed record PutOptions
{
    /// <summary>Bytes of one message, which is held in memory; clients send a record batch in one. From 1 MiB to 1 GiB; default 32 MiB.</summary>
    [Range(1 << 20, 1 << 30)]
    public int MaxMessageBytes { get; init; } = 32 << 20;

    /// <summary>Bytes of one put, which is staged on disk. Default 64 GiB.</summary>
    [Range(1L, long.MaxValue)]
    public long MaxBytes { get; init; } = 64L << 30;

    /// <summary>Puts at a time; more are refused. Default 8.</summary>
    [Range(1, 1024)]
    public int MaxConcurrent { get; init; } = 8;

    /// <summary>How long a client may send nothing before its put is given up. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
