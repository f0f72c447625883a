using Features.Iceberg.Spec;

namespace Features.Iceberg.Tests.Spec;

/// <summary>Random sequences of schema changes, against a list of columns in memory and a row that was written under the first schema.</summary>
public sealed class SchemaEvolutionTests
{
    private static readonly Gen<(int Kind, int Pick)> Change = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 50]);

    [Fact]
    public void Changes_InAnyOrder_NeverGiveAnIdTwiceAndKeepOldRowsReadable() => Change.Array[0, 25].Array[1, 6].Sample(rounds =>
    {
        var schema = new Schema(0, [new(1, "c1", new PrimitiveType(PrimitiveKind.Int), true), new(2, "c2", new PrimitiveType(PrimitiveKind.Float), false)], []);
        var (last, model, named) = (2, new List<(int Id, string Name, PrimitiveKind Kind, bool Required)> { (1, "c1", PrimitiveKind.Int, true), (2, "c2", PrimitiveKind.Float, false) }, 2);
        var everyId = new HashSet<int> { 1, 2 };
        foreach (var round in rounds)
        {
            // Changes of one round name columns as they were before it, so each column is changed once.
            var (evolution, before, touched) = (new SchemaEvolution(schema, last, caseSensitive: true, allowIncompatible: false), model.ToList(), new HashSet<int>());
            foreach (var (kind, pick) in round)
            {
                var target = before[pick % before.Count];
                var at = model.FindIndex(c => c.Id == target.Id);
                switch (kind)
                {
                    case 0:
                        evolution.Add(null, $"c{++named}", new PrimitiveType(PrimitiveKind.Int), null, required: false);
                        model.Add((evolution.LastColumnId, $"c{named}", PrimitiveKind.Int, false));
                        Assert.True(everyId.Add(evolution.LastColumnId));
                        break;
                    case 1 when touched.Add(target.Id):
                        evolution.Rename(target.Name, $"c{++named}");
                        model[at] = model[at] with { Name = $"c{named}" };
                        break;
                    case 2 when model.Count > 1 && touched.Add(target.Id):
                        evolution.Drop(target.Name);
                        model.RemoveAt(at);
                        break;
                    case 3 when touched.Add(target.Id):
                        var wide = target.Kind is PrimitiveKind.Int ? PrimitiveKind.Long : target.Kind is PrimitiveKind.Float ? PrimitiveKind.Double : target.Kind;
                        evolution.Widen(target.Name, new PrimitiveType(wide));
                        model[at] = model[at] with { Kind = wide };
                        break;
                    case 4 when touched.Add(target.Id):
                        evolution.SetRequired(target.Name, required: false);
                        model[at] = model[at] with { Required = false };
                        break;
                    default:
                        // Refused, and then nothing of it stays.
                        Assert.Throws<InvalidTableArgumentException>(() => evolution.Widen("none", new PrimitiveType(PrimitiveKind.Long)));
                        break;
                }
            }

            (schema, last) = (evolution.Apply(), evolution.LastColumnId);
            Assert.Equal(model, schema.Fields.Select(f => (f.Id, f.Name, ((PrimitiveType)f.Type).Kind, f.Required)));
            // What was written as the first schema's columns is still one of the present type, or the column is gone.
            Assert.All(schema.Fields.Where(f => f.Id <= 2), f => Assert.True(TypePromotion.IsAllowed(new PrimitiveType(f.Id == 1 ? PrimitiveKind.Int : PrimitiveKind.Float), (PrimitiveType)f.Type)));
            Assert.All(schema.Fields.Where(f => f.Id > 2), f => Assert.False(f.Required));
        }
    });

    [Fact]
    public void Moves_AreThoseOfAList() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 5]).Array[1, 8].Sample(moves =>
    {
        var model = Enumerable.Range(1, 6).ToList();
        var schema = new Schema(0, [.. model.Select(i => new NestedField(i, $"c{i}", new PrimitiveType(PrimitiveKind.Int), false))], []);
        var evolution = new SchemaEvolution(schema, 6, caseSensitive: true, allowIncompatible: false);
        foreach (var (kind, a, b) in moves.Where(m => m.Item1 == 0 || m.Item2 != m.Item3))
        {
            model.Remove(a + 1);
            if (kind == 0)
            {
                evolution.MoveFirst($"c{a + 1}");
                model.Insert(0, a + 1);
            }
            else
            {
                evolution.MoveBeside($"c{a + 1}", $"c{b + 1}", isAfter: kind == 2);
                model.Insert(model.IndexOf(b + 1) + (kind == 2 ? 1 : 0), a + 1);
            }
        }

        Assert.Equal(model, evolution.Apply().Fields.Select(f => f.Id));
    });

    [Fact]
    public void Paths_OfElementsAndValues_MayBeShortened()
    {
        var schema = new Schema(
            0,
            [
                new(1, "l", new ListType(2, new StructType([new(3, "a", new PrimitiveType(PrimitiveKind.Int), false)]), false), false),
                new(4, "m", new MapType(5, new StructType([new(6, "a", new PrimitiveType(PrimitiveKind.Int), false)]), 7, new StructType([new(8, "a", new PrimitiveType(PrimitiveKind.Int), false)]), false), false),
                new(9, "a.b", new PrimitiveType(PrimitiveKind.Int), false),
                new(10, "a", new StructType([new(11, "b", new PrimitiveType(PrimitiveKind.Int), false)]), false),
            ],
            []);
        var paths = new SchemaPaths(schema);
        Assert.Equal([3, 3, 6, 8, 8, 7], new[] { "l.a", "l.element.a", "m.key.a", "m.a", "m.value.a", "m.value" }.Select(p => paths.Find(p)!.Id));
        Assert.Equal("l.element.a", paths.PathOf(3));
        Assert.Null(paths.Find("l.b"));
        Assert.Contains("(field 9) or 'a.b' (field 11)", Assert.Throws<InvalidTableArgumentException>(() => paths.Find("a.b")).Message, StringComparison.Ordinal);
    }
}
