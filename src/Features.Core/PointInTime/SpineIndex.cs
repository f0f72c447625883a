using Apache.Arrow;
using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>The spine as the kernel needs it: a moment for each row, and for each entity the rows by key.</summary>
internal sealed class SpineIndex
{
    private readonly Dictionary<string, EntityKeys> entities = [];

    public SpineIndex(IEnumerable<Entity> entities, Schema schema, int rows)
    {
        Moments = GC.AllocateUninitializedArray<long>(rows);
        foreach (var entity in entities)
        {
            this.entities[entity.Name] = new EntityKeys(entity, schema, rows);
        }
    }

    public long[] Moments { get; }

    /// <summary>Which rows have a moment; null if all do.</summary>
    public bool[]? HasMoment { get; private set; }

    /// <summary>Takes some rows of the spine, whichever: their numbers (<see cref="JoinedRows.RowColumn"/>), the moment and the key columns.</summary>
    public void Add(RecordBatch batch, string timestamp)
    {
        var rows = ((Int64Array)batch.Column(JoinedRows.RowColumn)).Values;
        var clock = batch.Column(timestamp);
        var read = CellReader.Moments(clock, timestamp);
        for (var i = 0; i < rows.Length; i++)
        {
            if (clock.IsNull(i))
            {
                (HasMoment ??= AllTrue(Moments.Length))[(int)rows[i]] = false;
            }
            else
            {
                Moments[(int)rows[i]] = read(i);
            }
        }

        foreach (var keys in entities.Values)
        {
            keys.Read(batch, rows);
        }
    }

    public EntityKeys this[string entity] => entities[entity];

    private static bool[] AllTrue(int length)
    {
        var all = new bool[length];
        System.Array.Fill(all, true);
        return all;
    }
}

/// <summary>One entity's keys in the spine.</summary>
internal sealed class EntityKeys
{
    private readonly Entity entity;
    private readonly ByteDictionary keys = new();
    private readonly KeyReader reader;
    private int[] read = [];
    private int[]? ids;
    private KeyGroups? groups;

    public EntityKeys(Entity entity, Schema spine, int rows)
    {
        this.entity = entity;
        Families = [.. entity.Keys.Select(k => FamilyOf(k, spine, "the spine"))];
        reader = new KeyReader(Families, keys);
        ids = GC.AllocateUninitializedArray<int>(rows);
    }

    public IReadOnlyList<KeyFamily> Families { get; }

    /// <summary>The spine's rows by key; complete when all batches are read.</summary>
    public KeyGroups Groups
    {
        get
        {
            if (groups is null)
            {
                var all = ids!;
                groups = new KeyGroups(keys.Count, all.Length, row => all[row]);
                ids = null;
            }

            return groups;
        }
    }

    public void Read(RecordBatch batch, ReadOnlySpan<long> rows)
    {
        Buffers.Ensure(ref read, rows.Length);
        reader.Read([.. entity.Keys.Select(k => batch.Column(k.Name))], read.AsSpan(0, rows.Length), add: true);
        for (var i = 0; i < rows.Length; i++)
        {
            ids![(int)rows[i]] = read[i];
        }
    }

    /// <summary>A reader of a source's keys: those that the spine does not have are none.</summary>
    public KeyReader ReaderOf(Schema source, string name)
    {
        foreach (var (key, family) in entity.Keys.Zip(Families))
        {
            var found = FamilyOf(key, source, name);
            if (found != family)
            {
                throw new PointInTimeException($"the key '{key.Name}' of entity '{entity.Name}' is {family} in the spine and {found} in {name}; cast one to the other's type");
            }
        }

        return new KeyReader(Families, keys);
    }

    private KeyFamily FamilyOf(EntityKey key, Schema schema, string where)
    {
        var field = schema.GetFieldByName(key.Name)
            ?? throw new PointInTimeException($"the key '{key.Name}' of entity '{entity.Name}' is no column of {where}; {NearNames.Hint(key.Name, [.. schema.FieldsList.Select(f => f.Name)], "columns")}");
        return KeyFamilies.Of(field.DataType) is { } family && KeyFamilies.Fits(key.Type, family)
            ? family
            : throw new PointInTimeException($"the key '{key.Name}' of entity '{entity.Name}' is declared {key.Type} and is {FeatureTypes.Name(field.DataType)} in {where}; cast it, or correct the entity");
    }
}
