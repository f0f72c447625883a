using Features.Core.PointInTime;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;

namespace Features.Core.Definitions.Checking;

/// <summary>A pipeline's clean SELECT and its rules, over what its contract promises.</summary>
internal static class PipelineCheck
{
    private const string CleanSource = "source";

    public static async Task RunAsync(SchemaCheck check, Pipeline pipeline, CancellationToken cancellationToken)
    {
        if (pipeline.Clean is { } clean)
        {
            if (check.Analyze(pipeline, "clean", clean) is not { } analysis)
            {
                return;
            }

            if (analysis.Relations is not [var only] || !string.Equals(only, CleanSource, StringComparison.OrdinalIgnoreCase))
            {
                check.Fault(pipeline, "clean", $"its clean SELECT reads {string.Join(", ", analysis.Relations)}", $"read '{CleanSource}' and nothing else; join in a feature view");
                return;
            }
        }

        if (pipeline.Contract is null || check.Set.Find<Contract>(pipeline.Contract) is not { } contract)
        {
            return;
        }

        var fields = contract.Columns.Select((c, i) => new NestedField(i + 1, c.Name, Cleaning.ColumnType.Parse(c.Type) ?? new PrimitiveType(PrimitiveKind.Binary), c.Required)).ToList();
        var relation = $"_contract_{pipeline.Name}";
        await check.AddAsync(relation, new Schema(0, fields, []), cancellationToken).ConfigureAwait(false);
        foreach (var rule in contract.Rules)
        {
            await CheckConditionAsync(check, contract, rule, relation, cancellationToken).ConfigureAwait(false);
        }

        var cleaned = $"WITH {CleanSource} AS (SELECT * FROM {relation}) {pipeline.Clean ?? $"SELECT * FROM {CleanSource}"}";
        if (await check.DescribeAsync(pipeline, "clean", "its clean SELECT", cleaned, cancellationToken).ConfigureAwait(false) is not { } output)
        {
            return;
        }

        check.Cover(pipeline, "target/sort", "sort column", pipeline.Target.Sort, output);
        var table = $"_cleaned_{pipeline.Name}";
        await check.AddAsync(table, ArrowSchema.ToIceberg(output), cancellationToken).ConfigureAwait(false);
        await check.ForeseeAsync(pipeline.Target.Table, ArrowSchema.ToIceberg(output), cancellationToken).ConfigureAwait(false);
        foreach (var rule in pipeline.Rules)
        {
            await CheckConditionAsync(check, pipeline, rule, table, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CheckConditionAsync(SchemaCheck check, Definition definition, QualityRule rule, string relation, CancellationToken cancellationToken)
    {
        var (path, what) = ($"rules/id={rule.Id}", $"rule '{rule.Id}'");
        var sql = $"SELECT {Cleaning.Sql.Enclosed(rule.Expression)} AS v FROM {relation}";
        if (check.Analyze(definition, path, sql) is not null
            && await check.DescribeAsync(definition, path, what, sql, cancellationToken).ConfigureAwait(false) is { } described
            && described.GetFieldByIndex(0).DataType is not Apache.Arrow.Types.BooleanType)
        {
            check.Fault(definition, path, $"{what} is no condition: '{rule.Expression}' is {FeatureTypes.Name(described.GetFieldByIndex(0).DataType)}", "write one that is true for a good row");
        }
    }
}
