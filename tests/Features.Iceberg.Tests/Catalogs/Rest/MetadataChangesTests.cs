using System.Text.Json.Nodes;
using Features.Iceberg.Spec;
using Features.Iceberg.Tests.Spec;

namespace Features.Iceberg.Catalogs.Rest;

public sealed class MetadataChangesTests
{
    [Fact]
    public void Changes_AppliedToTheBase_GiveTheUpdatedMetadata() => Versions.Any.Sample(
        pair =>
        {
            var changes = MetadataChanges.Between(pair.From, pair.To, "ns.t");
            var body = Sent(changes);
            var standing = Json(pair.From);
            Assert.Null(MetadataApplication.Unmet(standing, body["requirements"]!.AsArray()));
            var applied = MetadataApplication.Apply(standing, body["updates"]!.AsArray(), pair.To.LastUpdatedMs);
            Assert.Equal(Comparable(Json(pair.To)), Comparable(applied));
        },
        iter: 500);

    [Fact]
    public void Changes_MakingATable_GiveItOutOfNothing() => Versions.Any.Sample(
        pair =>
        {
            // A table that is made has dropped nothing yet.
            var made = pair.To with
            {
                LastPartitionId = pair.To.PartitionSpecs.SelectMany(s => s.Fields).Select(f => f.FieldId).Append(999).Max(),
                LastSequenceNumber = pair.To.Snapshots.Select(s => s.SequenceNumber).Append(0).Max(),
            };
            var body = Sent(MetadataChanges.Creating(made));
            Assert.Null(MetadataApplication.Unmet(null, body["requirements"]!.AsArray()));
            Assert.Equal(Comparable(Json(made)), Comparable(MetadataApplication.Apply(null, body["updates"]!.AsArray(), made.LastUpdatedMs)));
        },
        iter: 200);

    [Fact]
    public void Changes_OfARival_BreakTheRequirementsThatRestOnThem() => Versions.Any.Sample(
        pair =>
        {
            // Whoever comes second with the very same change finds that what it rests on has moved.
            var changes = MetadataChanges.Between(pair.From, pair.To, "ns.t");
            var isBound = changes.Updates.Any(u => u is MetadataUpdate.AddSchema or MetadataUpdate.AddSnapshot or MetadataUpdate.SetDefaultSpec or MetadataUpdate.SetCurrentSchema or MetadataUpdate.SetDefaultSortOrder)
                && (pair.To.LastColumnId != pair.From.LastColumnId || pair.To.CurrentSnapshotId != pair.From.CurrentSnapshotId || pair.To.DefaultSpecId != pair.From.DefaultSpecId
                    || pair.To.CurrentSchemaId != pair.From.CurrentSchemaId || pair.To.DefaultSortOrderId != pair.From.DefaultSortOrderId);
            var body = Sent(changes);
            Assert.True(!isBound || MetadataApplication.Unmet(Json(pair.To), body["requirements"]!.AsArray()) is not null);
        },
        iter: 500);

    [Fact]
    public void Changes_ThatNoUpdateSays_AreRefusedByName()
    {
        var metadata = Versions.Any.Single().To;
        Refused(metadata with { TableUuid = Guid.NewGuid() }, "replacing a table");
        Refused(metadata with { FormatVersion = 1 }, "format version 1");
        Refused(metadata with { SortOrders = [] }, "removing sort order");
        Refused(metadata with { Unknown = new Dictionary<string, JsonNode?>(metadata.Unknown) { ["novel"] = 1 } }, "'novel'");
        Refused(metadata with { Schemas = [.. metadata.Schemas.Select(s => s with { Fields = [.. s.Fields.Select(f => f with { Name = f.Name + "!" })] })] }, "changing schema");

        void Refused(TableMetadata updated, string what) =>
            Assert.Contains(what, Assert.Throws<UnsupportedFeatureException>(() => { _ = MetadataChanges.Between(metadata, updated, "ns.t"); }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_OfARefThatIsNew_SaysNullAndOfASchemaLastAdded_MinusOne()
    {
        Assert.Equal("""{"type":"assert-ref-snapshot-id","ref":"b","snapshot-id":null}""", MetadataChangesJson.Of(new TableRequirement.AssertRefSnapshotId("b", null)).ToJsonString());
        Assert.Equal(
            """{"snapshot-id":7,"type":"tag","max-ref-age-ms":5,"action":"set-snapshot-ref","ref-name":"t"}""",
            MetadataChangesJson.Of(new MetadataUpdate.SetSnapshotRef("t", new SnapshotRef(7, IsBranch: false, MaxRefAgeMs: 5))).ToJsonString());
        Assert.Equal("""{"action":"set-current-schema","schema-id":-1}""", MetadataChangesJson.Of(new MetadataUpdate.SetCurrentSchema(MetadataUpdate.LastAdded)).ToJsonString());
    }

    private static JsonNode Sent(MetadataChanges changes) => JsonNode.Parse(MetadataChangesJson.Commit(changes, new JsonObject()).ToJsonString())!;

    private static JsonObject Json(TableMetadata metadata) => JsonNode.Parse(TableMetadataJson.Write(metadata))!.AsObject();

    // The logs and the times are the server's; lists without an order, and empty ones, are compared as such.
    private static string Comparable(JsonObject metadata)
    {
        var compared = metadata.DeepClone().AsObject();
        foreach (var name in new[] { "snapshot-log", "metadata-log", "last-updated-ms" })
        {
            compared.Remove(name);
        }

        foreach (var (name, value) in compared.ToList())
        {
            compared[name] = value switch
            {
                JsonArray { Count: 0 } => null,
                JsonArray list => new JsonArray([.. list.Select(i => i!.DeepClone()).OrderBy(i => i.ToJsonString(), StringComparer.Ordinal)]),
                JsonObject map => new JsonObject(map.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))),
                _ => value?.DeepClone(),
            };
        }

        return new JsonObject(compared.Where(m => m.Value is not null).OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))).ToJsonString();
    }
}
