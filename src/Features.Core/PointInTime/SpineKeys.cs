using Apache.Arrow;
using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>One entity's keys in the spine, by one way from its columns to them.</summary>
internal sealed class SpineKeys
{
    private readonly Entity entity;
    private readonly int[] ids;
    private int[] read = [];
    private KeyGroups? groups;

    public SpineKeys(ViewUse use, Schema spine, int rows)
    {
        entity = use.Entity;
        Columns = use.KeyColumns;
        Reader = new KeyReader([.. entity.Keys.Zip(Columns, (k, c) => FamilyOf(k, c, spine, "the spine"))]);
        ids = GC.AllocateUninitializedArray<int>(rows);
    }

    /// <summary>The spine's columns that hold the keys.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Gives keys their ids.</summary>
    public KeyReader Reader { get; }

    /// <summary>The key id of each row; <see cref="KeyReader.None"/> for none.</summary>
    public ReadOnlySpan<int> Ids => ids;

    /// <summary>The rows by key; complete when all batches are read. Made when first asked for.</summary>
    public KeyGroups Groups => groups ??= new KeyGroups(Reader.Count, ids);

    public long Bytes => (4L * ids.Length * 2) + Reader.Bytes;

    public void Read(RecordBatch batch, ReadOnlySpan<long> rows)
    {
        Buffers.Ensure(ref read, rows.Length);
        Reader.Read([.. Columns.Select(c => batch.Column(c))], read.AsSpan(0, rows.Length), add: true);
        for (var i = 0; i < rows.Length; i++)
        {
            ids[(int)rows[i]] = read[i];
        }
    }

    /// <summary>Refuses a source whose keys do not compare with the spine's.</summary>
    public void CheckSource(Schema source, string name)
    {
        foreach (var (key, family) in entity.Keys.Zip(Reader.Families))
        {
            var found = FamilyOf(key, key.Name, source, name);
            if (found != family)
            {
                throw new PointInTimeException($"the key '{key.Name}' of entity '{entity.Name}' is {family} in the spine and {found} in {name}; cast one to the other's type");
            }
        }
    }

    private KeyFamily FamilyOf(EntityKey key, string column, Schema schema, string where)
    {
        var field = schema.FieldsList.FirstOrDefault(f => f.Name == column)
            ?? throw new PointInTimeException($"the key '{key.Name}' of entity '{entity.Name}' is no column of {where}{(column == key.Name ? "" : $", where it goes by '{column}'")}; {NearNames.Hint(column, [.. schema.FieldsList.Select(f => f.Name)], "columns")}");
        return KeyFamilies.Of(key.Type, field.DataType)
            ?? throw new PointInTimeException($"the key '{key.Name}' of entity '{entity.Name}' is declared {key.Type} and is {FeatureTypes.Name(field.DataType)} in {where}; cast it, or correct the entity");
    }
}
