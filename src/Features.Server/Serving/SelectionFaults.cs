using Features.Core;
using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Sources;
using Features.Core.TrainingSets;
using Features.Flight.Cache;
using Features.Iceberg;

namespace Features.Server.Serving;

/// <summary>Faults of the workspace in the words of the cache's source.</summary>
internal static class SelectionFaults
{
    /// <summary>Runs what a selection decides; what is wrong with the selection becomes a <see cref="FormatException"/>.</summary>
    public static async Task<T> ExplainAsync<T>(string dataset, Func<Task<T>> find)
    {
        try
        {
            return await find();
        }
        catch (NotFoundException missing) when (missing.Kind == "table")
        {
            throw new DatasetNotFoundException(dataset, $"there is no table '{missing.Name}'", missing) { Near = missing.Near };
        }
        catch (NotFoundException missing) when (missing.Kind is "snapshot" or "ref" or "schema")
        {
            throw new FormatException($"the data set '{dataset}': {missing.Message}", missing);
        }
        catch (InvalidTableArgumentException wrong)
        {
            throw new FormatException($"the data set '{dataset}': {wrong.Message}", wrong);
        }
        catch (SqlException wrong) when (!wrong.IsTransient)
        {
            throw new FormatException($"the filter of the data set '{dataset}': {wrong.Message}", wrong);
        }
        catch (Exception fault) when (KindOf(fault) is { } kind)
        {
            throw new DatasetSourceException(kind, $"the data set '{dataset}' cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>What a load failed with, told apart by what the service makes of it.</summary>
    public static Exception OfLoad(Exception fault) => fault switch
    {
        TrainingSetException { Code: TrainingSetStore.BrokenCode } => new InvalidDataException(fault.Message, fault),
        _ => KindOf(fault) is { } kind ? new DatasetSourceException(kind, fault.Message, fault) : fault,
    };

    // Null for what is not the data's: a refusal of the policy, or a fault of this program.
    private static SourceFault? KindOf(Exception fault) => fault switch
    {
        AccessDeniedException => null,
        IcebergException { IsTransient: true } or FeaturesException { IsTransient: true } or IOException or TimeoutException or HttpRequestException => SourceFault.Unreachable,
        UnsupportedFeatureException => SourceFault.Unsupported,
        IcebergException or TrainingSetException or SourceException or UnauthorizedAccessException => SourceFault.Unreadable,
        _ => null,
    };
}
