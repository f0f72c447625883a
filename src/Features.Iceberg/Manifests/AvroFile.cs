using System.Runtime.CompilerServices;
using Features.Iceberg.Manifests.Avro;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Manifests;

/// <summary>A manifest or manifest list as a file: opened, read record by record, and every fault of its content told with its location.</summary>
internal static class AvroFile
{
    /// <summary>Reads all records by a plan. The header is handed to <paramref name="plan"/> first.</summary>
    public static async IAsyncEnumerable<object?[]> ReadAsync(
        IObjectStore storage, string location, Func<AvroContainerReader, IReadOnlyList<AvroWanted>> plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = await storage.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var container = await Guard(location, AvroContainerReader.OpenAsync(stream, cancellationToken)).ConfigureAwait(false);
            var records = Guard(location, () => container.Schema is AvroRecord record
                ? new AvroRecordPlan(record, plan(container))
                : throw new InvalidDataException("its Avro schema is no record"));
            while (await Guard(location, container.ReadBlockAsync(cancellationToken)).ConfigureAwait(false) is { } block)
            {
                foreach (var record in Guard(location, () => ReadBlock(records, block.Count, block.Bytes.Span)))
                {
                    yield return record;
                }
            }
        }
    }

    /// <summary>Reads a value of the header as text; null if the writer left it out.</summary>
    public static async Task<string?> ReadHeaderAsync(IObjectStore storage, string location, string key, CancellationToken cancellationToken)
    {
        var stream = await storage.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var container = await Guard(location, AvroContainerReader.OpenAsync(stream, cancellationToken)).ConfigureAwait(false);
            return container.HeaderText(key);
        }
    }

    /// <summary>Runs a step of decoding; a fault in the content becomes an <see cref="InvalidFileException"/>.</summary>
    public static T Guard<T>(string location, Func<T> step)
    {
        try
        {
            return step();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            throw new InvalidFileException(location, e.Message, e);
        }
    }

    private static async Task<T> Guard<T>(string location, Task<T> step)
    {
        try
        {
            return await step.ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidFileException(location, e.Message, e);
        }
    }

    private static List<object?[]> ReadBlock(AvroRecordPlan plan, long count, ReadOnlySpan<byte> bytes)
    {
        var reader = new AvroReader(bytes);
        var records = new List<object?[]>();
        for (var i = 0L; i < count; i++)
        {
            records.Add(plan.Read(ref reader));
        }

        return reader.Remaining == 0 ? records : throw new InvalidDataException($"{reader.Remaining} bytes follow the last object of a block");
    }
}
