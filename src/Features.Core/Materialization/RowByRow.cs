using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.Materialization;

/// <summary>Views of which each row comes from one row of one table, so that what happens to the table's rows happens to the view's.</summary>
internal static class RowByRow
{
    public static bool Is(FeatureView view, ViewSource source, ISqlEngine engine)
    {
        if (view.Sql is null)
        {
            return true;
        }

        try
        {
            _ = engine.CarryColumn(view.Sql, "_row_of_source");
            return source.Tables.Count == 1;
        }
        catch (SqlException)
        {
            return false;
        }
    }
}
