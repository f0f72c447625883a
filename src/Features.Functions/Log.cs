using Microsoft.Extensions.Logging;

namespace Features.Functions;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "event {EventId}: {Key} accepted for pipeline {Pipeline} as {Sequence} (duplicate: {Duplicate})")]
    public static partial void Accepted(ILogger logger, string eventId, string key, string pipeline, long sequence, bool duplicate);

    [LoggerMessage(2, LogLevel.Information, "event {EventId}: {Key} ignored, since it matches none of the pipelines {Pipelines}")]
    public static partial void Ignored(ILogger logger, string eventId, string key, string pipelines);

    [LoggerMessage(3, LogLevel.Information, "{Pipeline} {Sequence}: {Good} good and {Quarantined} quarantined of {Read} rows, snapshot {Snapshot}")]
    public static partial void Ingested(ILogger logger, string pipeline, long sequence, long good, long quarantined, long read, long? snapshot);

    [LoggerMessage(4, LogLevel.Error, "{Pipeline} {Sequence}: failed: {Reason}")]
    public static partial void Rejected(ILogger logger, string pipeline, long sequence, string reason);

    [LoggerMessage(5, LogLevel.Warning, "{Pipeline} {Sequence}: given back: {Reason}")]
    public static partial void Postponed(ILogger logger, string pipeline, long sequence, string reason);

    [LoggerMessage(6, LogLevel.Error, "the inbox could not be worked on; trying again in {Seconds} s")]
    public static partial void WorkerFault(ILogger logger, double seconds, Exception fault);

    [LoggerMessage(7, LogLevel.Warning, "an event could not be taken in now: {Reason}")]
    public static partial void Busy(ILogger logger, string reason);
}
