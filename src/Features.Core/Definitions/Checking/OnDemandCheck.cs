using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.PointInTime;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Spec;

namespace Features.Core.Definitions.Checking;

/// <summary>An on-demand view's expressions, over a row of its inputs and request columns.</summary>
internal static class OnDemandCheck
{
    public static async Task RunAsync(SchemaCheck check, OnDemandView view, CancellationToken cancellationToken)
    {
        var sound = ExpressionCheck.CheckText(check, view, view.Features);
        var columns = new List<NestedField>();
        foreach (var input in FeatureSelection.InputsOf(check.Set, view))
        {
            if (check.TypesOf(input.Feature.View)?.GetValueOrDefault(input.Feature.Feature.Name) is not { } type)
            {
                return;
            }

            columns.Add(new NestedField(columns.Count + 1, input.Name, OfArrow(type), Required: false));
        }

        foreach (var field in view.Request)
        {
            if (ColumnType.Parse(field.Type) is not { } type)
            {
                return;
            }

            columns.Add(new NestedField(columns.Count + 1, field.Name, type, Required: false));
        }

        if (columns.Count == 0 || columns.DistinctBy(c => c.Name, StringComparer.OrdinalIgnoreCase).Count() < columns.Count)
        {
            return;
        }

        var relation = $"_inputs_{view.Name}";
        await check.AddAsync(relation, new Schema(0, columns, []), cancellationToken).ConfigureAwait(false);
        if (await ExpressionCheck.TypesAsync(check, view, sound, relation, cancellationToken).ConfigureAwait(false) is { } types && sound.Count == view.Features.Count)
        {
            check.Record(view, types);
        }
    }

    private static IcebergType OfArrow(IArrowType type) => ArrowSchema.ToIceberg(new Apache.Arrow.Schema([new Apache.Arrow.Field("v", type, nullable: true)], null)).Fields[0].Type;
}
