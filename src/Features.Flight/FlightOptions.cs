using System.ComponentModel.DataAnnotations;
using Features.Flight.Serving.Put;

namespace Features.Flight;

/// <summary>How the data service serves. Validated when the service starts.</summary>
public sealed record FlightOptions
{
    /// <summary>Bytes of column memory that all cached data sets together may take. Default 1 GiB.</summary>
    [Range(1L, long.MaxValue)]
    public long MemoryBudgetBytes { get; init; } = 1L << 30;

    /// <summary>
    /// The folder of data that memory does not hold, as private files that go with the process; on a local disk. Null, the default, for none: then
    /// what does not fit is dropped or refused.
    /// </summary>
    public string? SpillFolder { get; init; }

    /// <summary>Bytes that the files of <see cref="SpillFolder"/> may take. Default 10 GiB.</summary>
    [Range(1L, long.MaxValue)]
    public long SpillBudgetBytes { get; init; } = 10L << 30;

    /// <summary>Parts of a data set that are loaded at the same time, each with up to 65,536 rows beside the cache. Default 0: one a processor.</summary>
    [Range(0, 1024)]
    public int LoadParallelism { get; init; }

    /// <summary>
    /// Bytes of an encoded batch above which it is split, from 64 KiB to 64 MiB. Default 2 MiB, which all clients take. One row that is larger is sent whole.
    /// </summary>
    [Range(64 << 10, 64 << 20)]
    public int MaxMessageBytes { get; init; } = 2 << 20;

    /// <summary>
    /// Where clients reach this service, as they shall dial it (<c>grpc+tcp://host:port</c>); several are replicas. Empty, the default, for
    /// the address at which the request came.
    /// </summary>
    public IReadOnlyList<Uri> Locations { get; init; } = [];

    /// <summary>How long a ticket may start a stream. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan TicketLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Keys that sign tickets, the newest first: the first signs, all verify. Empty, the default, for one that is drawn when the service
    /// starts and dies with it.
    /// </summary>
    public IReadOnlyList<TicketKey> TicketKeys { get; init; } = [];

    /// <summary>The service that tickets are for: others that have the same keys and another name refuse them. Default <c>features</c>.</summary>
    [Required]
    public string Audience { get; init; } = "features";

    /// <summary>Bytes that tenants may be charged, by tenant; one that is not named has no limit but the cache's own. Default: none is named.</summary>
    public IReadOnlyDictionary<string, long> TenantQuotaBytes { get; init; } = new Dictionary<string, long>();

    /// <summary>DoGet streams that all subjects of a tenant together may have open, by tenant; one that is not named has no limit but the others. Default: none is named.</summary>
    public IReadOnlyDictionary<string, int> TenantStreams { get; init; } = new Dictionary<string, int>();

    /// <summary>How long PollFlightInfo waits for a load before it answers with its progress. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan PollWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>DoGet streams that may be open in all; one holds less than 2 MB beside the data set. Default 1024.</summary>
    [Range(1, 1 << 20)]
    public int MaxStreams { get; init; } = 1024;

    /// <summary>DoGet streams that one subject may have open. Default 256.</summary>
    [Range(1, 1 << 20)]
    public int MaxStreamsPerSubject { get; init; } = 256;

    /// <summary>DoGet streams that one connection may have open; more are refused, so that none waits unseen for another to end. Default 64.</summary>
    [Range(1, 1 << 20)]
    public int MaxStreamsPerConnection { get; init; } = 64;

    /// <summary>
    /// How long a reader may take nothing while rows are ready, before its stream is ended and its data set may go; the reader can resume where it
    /// was. Default 1 hour, which a job's validation may take; <see cref="Timeout.InfiniteTimeSpan"/> for ever.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How much DoPut takes.</summary>
    public PutOptions Put { get; init; } = new();

    /// <summary>Checks every member.</summary>
    /// <exception cref="ValidationException">Members are out of range; the message names each.</exception>
    public void Validate()
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(this, new ValidationContext(this), faults, validateAllProperties: true);
        Validator.TryValidateObject(Put, new ValidationContext(Put), faults, validateAllProperties: true);
        faults.AddRange(Locations.Where(location => location.Scheme is not ("grpc" or "grpc+tcp" or "grpc+tls" or "grpc+unix" or "arrow-flight-reuse-connection"))
            .Select(location => new ValidationResult($"the location '{location}' has the scheme '{location.Scheme}'; use grpc+tcp, grpc+tls or grpc+unix")));
        faults.AddRange(TicketKeys.Where(key => key.Secret.Length < TicketKey.MinBytes)
            .Select(key => new ValidationResult($"the ticket key '{key.Id}' has {key.Secret.Length} bytes; give it at least {TicketKey.MinBytes}")));
        faults.AddRange(TenantStreams.Where(tenant => tenant.Value < 1)
            .Select(tenant => new ValidationResult($"{nameof(TenantStreams)} of '{tenant.Key}' is {tenant.Value}; give it at least 1")));
        if (StallTimeout != Timeout.InfiniteTimeSpan && StallTimeout < TimeSpan.FromSeconds(1))
        {
            faults.Add(new ValidationResult($"{nameof(StallTimeout)} is {StallTimeout}; give it at least a second, or Timeout.InfiniteTimeSpan"));
        }

        if (faults.Count > 0)
        {
            throw new ValidationException("the options of the flight service are refused: " + string.Join("; ", faults.Select(fault => fault.ErrorMessage)));
        }
    }
}
