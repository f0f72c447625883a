using System.Collections.Concurrent;
using Apache.Arrow;
using Features.Core.Governance;
using Features.Core.Transformations;

namespace Features.Core.Online;

/// <summary>
/// Answers online requests from materialised views: what the historical join would give at the request's moment over what was materialised and pushed. Safe for many threads; dispose it to write what the audit log is
/// still owed.
/// </summary>
public sealed class OnlineFeatures : IAsyncDisposable
{
    // A set may be made anew under its name.
    private static readonly TimeSpan TransformersUsable = TimeSpan.FromSeconds(5);

    private readonly OnlinePorts ports;
    private readonly OnlineDefinitions definitions;
    private readonly OnlineAccess access;
    private readonly ConcurrentDictionary<string, KnownState> states = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (Transformer Transformer, long At)> transformers = new(StringComparer.Ordinal);
    private readonly WarmSessions sessions;

    /// <summary>Puts it together; the ports are not owned.</summary>
    public OnlineFeatures(OnlinePorts ports)
    {
        this.ports = ports;
        definitions = new OnlineDefinitions(ports.Registry, ports.Clock);
        sessions = new WarmSessions(ports.Engine);
        access = new OnlineAccess(ports.Policy, ports.Audit, ports.Clock);
    }

    /// <summary>The features of some entities at a moment. A null moment is now, or the frontier of the views where a clock is behind it.</summary>
    /// <exception cref="OnlineException">A name does not exist, a key or request column is missing or of another type, a view is not materialised, or the moment is before its frontier; the message names it.</exception>
    /// <exception cref="AccessDeniedException">The reader may not read one of the views.</exception>
    public async ValueTask<OnlineAnswer> GetAsync(OnlineRequest request, Reader reader, CancellationToken cancellationToken)
    {
        var plan = await definitions.PlanAsync(request, cancellationToken).ConfigureAwait(false);
        var rows = RequestColumns.Rows(request);
        await access.AdmitAsync(reader, plan, rows, cancellationToken).ConfigureAwait(false);
        var keys = plan.Keys.Select(k => KeyColumn(request, k.Column, k.Type, rows, plan)).ToList();
        var read = new OnlineRead(ports.Store, states, plan, keys, rows);
        var now = request.At is { } at ? OnlineViews.Micros(at) : (long?)null;
        var columns = await read.RunAsync(now, now ?? OnlineViews.Micros(ports.Clock.GetUtcNow()), cancellationToken).ConfigureAwait(false);
        var answer = new List<OnlineColumn>(keys);
        answer.AddRange(columns.Take(plan.Given));
        foreach (var onDemand in plan.OnDemand)
        {
            answer.AddRange(await sessions.UseAsync(session => onDemand.ComputeAsync(session, request, columns, rows, cancellationToken), cancellationToken).ConfigureAwait(false));
        }

        if (request.TrainingSet is { } trainingSet)
        {
            answer.AddRange(Transform(await TransformerAsync(trainingSet, cancellationToken).ConfigureAwait(false), request, answer, rows, trainingSet));
        }

        return new OnlineAnswer(rows, DateTimeOffset.UnixEpoch.AddTicks(read.Moment * TimeSpan.TicksPerMicrosecond), answer) { Views = read.Views };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await sessions.DisposeAsync().ConfigureAwait(false);
        await access.DisposeAsync().ConfigureAwait(false);
        definitions.Dispose();
    }

    private static OnlineColumn KeyColumn(OnlineRequest request, string name, string type, int rows, ReadPlan plan)
    {
        var use = plan.Uses.First(u => u.KeyColumns.Contains(name));
        var column = new OnlineColumn(name, ReadPlan.ArrowOf(type), rows, isKey: true);
        var values = RequestColumns.Of(request, name, type, $"view '{use.View.Name}' (entity '{use.Entity.Name}')");
        for (var row = 0; row < rows; row++)
        {
            column.Values[row] = values[row];
            column.Statuses[row] = values[row].IsNull ? FeatureStatus.NullValue : FeatureStatus.Present;
            column.EventMicros[row] = OnlineColumn.NoEvent;
        }

        return column;
    }

    private async Task<Transformer> TransformerAsync(string trainingSet, CancellationToken cancellationToken)
    {
        if (transformers.TryGetValue(trainingSet, out var known) && ports.Clock.GetElapsedTime(known.At) <= TransformersUsable)
        {
            return known.Transformer;
        }

        var of = ports.TransformerOf ?? throw new OnlineException($"the transformations of training set '{trainingSet}' were asked for, and there are no training sets here");
        var at = ports.Clock.GetTimestamp();
        var found = await of(trainingSet, cancellationToken).ConfigureAwait(false);
        transformers[trainingSet] = (found, at);
        return found;
    }

    /// <summary>The columns that a training set's transformations make of those of an answer, and of columns that the request brings.</summary>
    private static IEnumerable<OnlineColumn> Transform(Transformer transformer, OnlineRequest request, List<OnlineColumn> answer, int rows, string trainingSet)
    {
        var (fields, arrays) = (new List<Field>(), new List<IArrowArray>());
        foreach (var input in transformer.Inputs)
        {
            var column = answer.FirstOrDefault(c => c.Name == input);
            var type = column?.Type ?? transformer.Fitted.First(f => f.Column == input).Input;
            fields.Add(new Field(input, type, nullable: true));
            arrays.Add(FeatureArrays.Build(type, column?.Values ?? Sent(request, input, type, trainingSet)));
        }

        using var given = new RecordBatch(new Schema(fields, null), arrays, rows);
        var made = transformer.Apply(given);
        for (var i = fields.Count; i < made.ColumnCount; i++)
        {
            var field = made.Schema.GetFieldByIndex(i);
            var column = new OnlineColumn(field.Name, field.DataType, rows);
            var row = 0;
            foreach (var value in FeatureArrays.Read(made.Column(i)))
            {
                column.Values[row] = value;
                column.EventMicros[row] = OnlineColumn.NoEvent;
                column.Statuses[row++] = value.IsNull ? FeatureStatus.NullValue : FeatureStatus.Present;
            }

            yield return column;
        }
    }

    private static FeatureValue[] Sent(OnlineRequest request, string name, Apache.Arrow.Types.IArrowType type, string trainingSet)
    {
        var kind = FeatureArrays.KindOf(type);
        return [.. RequestColumns.Find(request, name, $"a transformation of training set '{trainingSet}'").Select(v => FeatureValues.Coerce(v, kind)
            ?? throw new OnlineException($"the request's column '{name}' was {type.Name} when its transformation was fitted, and has {v.Kind.ToString().ToLowerInvariant()} '{v}'; send a value of that type", "online-request-column"))];
    }
}
