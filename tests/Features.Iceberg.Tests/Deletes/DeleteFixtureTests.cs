using Features.Iceberg.Conformance;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;

namespace Features.Iceberg.Deletes;

/// <summary>Tables with deletes by other engines, row by row, as their own tests state them: position and equality deletes, several id lists, nulls, evolution, deletion vectors, a table of version 1 that lists manifests inline.</summary>
public sealed class DeleteFixtureTests
{
    private const string Hadoop = "hadoop_catalog/ice/";

    /// <summary>Source, table, snapshot (0: the current one), columns (empty: all), and the rows as text, sorted.</summary>
    public static TheoryData<string, string, long, string, string[]> Tables() => new()
    {
        { "impala", Hadoop + "iceberg_v2_delete_positional", 0, "id,data", ["(1,'a')", "(3,'c')"] },
        { "impala", Hadoop + "iceberg_v2_delete_positional", 6816997371555012807, "id", ["(1)", "(2)", "(3)"] },
        { "impala", Hadoop + "iceberg_v2_positional_delete_all_rows", 0, "i", [] },
        { "impala", Hadoop + "iceberg_v2_delete_equality", 0, "id,data", ["(1,'test_1_base')", "(2,'test_2_updated')"] },
        { "impala", Hadoop + "iceberg_v2_delete_equality", 3207673167795000154, "id,data", ["(1,'test_1_base')", "(2,'test_2_base')"] },
        { "impala", Hadoop + "iceberg_v2_delete_both_eq_and_pos", 0, "i,s", ["(2,'str2_updated')", "(3,'str3')"] },
        { "impala", Hadoop + "iceberg_v2_delete_equality_nulls", 0, "", ["(1,'str1')", "(4,'str4')", "(∅,'str5')"] },
        { "impala", Hadoop + "iceberg_v2_delete_equality_multi_eq_ids", 0, "", ["(1,'str1')", "(2222,'str2')", "(33,'str3_updated_twice')", "(4,'str4_updated')", "(5,'str5')"] },
        { "impala", Hadoop + "iceberg_v2_delete_pos_and_multi_eq_ids", 0, "i,s", ["(1,'str1')", "(333333,'str3')", "(4,'str4')", "(5,'str5')"] },
        { "impala", Hadoop + "iceberg_v2_delete_equality_partitioned", 0, "i,s", ["(1,'str1')", "(1,'str1')", "(2,'str2')", "(222,'str2')", "(333333,'str3')", "(4,'str4')"] },
        { "impala", Hadoop + "iceberg_v2_equality_delete_schema_evolution", 0, "", ["(1,19802,'str1',∅)", "(44,19803,'str4',4444)", "(5,19804,'str5',∅)"] },
        { "impala", Hadoop + "iceberg_v2_positional_not_all_data_files_have_delete_files", 0, "", ["(1,'a')", "(2,'b')", "(3,'c')", "(4,'d')", "(5,'X')", "(6,'f')"] },
        { "impala", Hadoop + "iceberg_v2_positional_update_all_rows", 0, "", ["(1,'A')", "(2,'B')", "(3,'C')"] },
        { "impala", "iceberg_v3/iceberg_v3_deletion_vectors", 0, "i", ["(1)", "(3)", "(5)"] },
        { "impala", "iceberg_v3/iceberg_v3_deletion_vectors", 2700858159721908397, "i", ["(1)", "(2)", "(3)", "(4)", "(5)"] },
        { "duckdb-iceberg", "equality_deletes/warehouse/mydb/mytable", 0, "id,name", ["(4,'d')", "(5,'e')"] },
        { "duckdb-iceberg", "equality_deletes/warehouse/mydb/mytable_partitioned", 0, "id,name", ["(1,'a')", "(4,'d')", "(5,'e')"] },
        { "duckdb-iceberg", "equality_delete_cross_partition/warehouse/ns/t", 0, "part,key,val", ["(0,999,'p0-k999')", "(1,100,'p1-k100')", "(1,888,'p1-k888')"] },
        { "duckdb-iceberg", "equality_delete_extra_column/warehouse/ns/t", 0, "id,val", ["(1,'a')", "(3,'c')"] },
        { "duckdb-iceberg", "legacy_bare_deletion_vector/warehouse/default/legacy_bare_deletion_vector", 0, "id,source", ["(1,'legacy')", "(3,'legacy')"] },
        { "duckdb-iceberg", "iceberg_v1_deprecated/default/legacy_v1", 0, "id,category,amount", ["(1,'alpha',10)", "(2,'beta',20)", "(3,'alpha',∅)"] },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Table_HasTheRowsThatItsEngineStates(string source, string table, long snapshot, string columns, string[] rows)
    {
        Assert.SkipWhen(FixtureTable.Missing is not null, FixtureTable.Missing ?? "");
        var opened = await FixtureTable.OpenAsync(source, FixtureTable.Inventory(source)!.First(t => t.GetProperty("table").GetString() == table));
        var scan = opened.NewScan() with { SnapshotId = snapshot == 0 ? null : snapshot, Columns = columns.Length == 0 ? null : columns.Split(',') };
        var read = new List<string>();
        await foreach (var batch in scan.ReadAsync(new ParquetNetFormat(opened.Storage), default))
        {
            using (batch)
            {
                read.AddRange(Rows.Of(batch, scan.FindProjection()).Select(Rows.Text));
            }
        }

        Assert.Equal(rows, read.Order(StringComparer.Ordinal));
    }
}
