using System.Text;
using System.Text.Json;
using Features.Functions.Triggers;

namespace Features.Functions.Tests.Triggers;

public sealed class StorageNotificationsTests
{
    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    [Fact]
    public void Read_OfEachStoresEvent_GivesOneShape()
    {
        var azure = Assert.Single(StorageNotifications.Read("Microsoft.Storage.BlobCreated", "/acct", "1", Json("""{"eTag":"0x8D","contentLength":30699,"url":"https://acct.blob.core.windows.net/in/d/a.csv","sequencer":"7"}""")));
        Assert.Equal(("azure", "https://acct.blob.core.windows.net/in/d/a.csv", "0x8D", 30699L, "7"), (azure.Provider, azure.Location, azure.ETag, azure.SizeBytes, azure.Sequencer));
        var gcs = Assert.Single(StorageNotifications.Read("google.cloud.storage.object.v1.finalized", "g", "1", Json("""{"bucket":"b","name":"folder/t.csv","generation":"1587627537231057","size":352,"etag":"x"}""")));
        Assert.Equal(("gs://b/folder/t.csv", "1587627537231057", 352L), (gcs.Location, gcs.ETag, gcs.SizeBytes));
        Assert.Empty(StorageNotifications.Read("Microsoft.Storage.BlobDeleted", "/acct", "1", Json("{}")));
    }

    [Fact]
    public void ReadPlain_OfS3Records_DecodesTheKey_AndTakesCreationsOnly()
    {
        var objects = StorageNotifications.ReadPlain(Json("""
            {"Records":[
              {"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"bkt"},"object":{"key":"in/caf%C3%A9+x.csv","size":1024,"eTag":"e","versionId":"v1","sequencer":"s"}}},
              {"eventSource":"minio:s3","eventName":"s3:ObjectCreated:Put","s3":{"bucket":{"name":"bkt"},"object":{"key":"y.csv","eTag":"e2"}}},
              {"eventSource":"aws:s3","eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"bkt"},"object":{"key":"z.csv"}}}]}
            """))!;
        Assert.Equal([("s3://bkt/in/café x.csv", "v1"), ("s3://bkt/y.csv", "e2")], objects.Select(o => (o.Location, o.ETag!)));
        Assert.Equal([], StorageNotifications.ReadPlain(Json("""{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}""")));
    }

    [Fact]
    public void ReadPlain_OfEventBridgeAndPubSub_TakesTheKeyRaw()
    {
        var bridge = Assert.Single(StorageNotifications.ReadPlain(Json("""{"id":"i","detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{"name":"b1"},"object":{"key":"a+b.csv","etag":"e","version-id":"v"}}}"""))!);
        Assert.Equal(("s3://b1/a+b.csv", "v"), (bridge.Location, bridge.ETag));
        var data = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"size":"12"}"""));
        var pubsub = Assert.Single(StorageNotifications.ReadPlain(Json($$"""{"message":{"data":"{{data}}","messageId":"m","attributes":{"eventType":"OBJECT_FINALIZE","bucketId":"b","objectId":"o.csv","objectGeneration":"3"} } }"""))!);
        Assert.Equal(("gs://b/o.csv", "3", 12L), (pubsub.Location, pubsub.ETag, pubsub.SizeBytes));
        Assert.Null(StorageNotifications.ReadPlain(Json("[]")));
    }

    [Theory]
    [InlineData("""{"Records":[{"eventName":"ObjectCreated:Put"}]}""", "'s3' is missing")]
    [InlineData("""{"Records":[{}]}""", "'eventName' is missing")]
    [InlineData("""{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k","size":"big"}}}]}""", "'size' must be a whole number from 0")]
    public void ReadPlain_OfAnIncompleteRecord_NamesTheField(string body, string fault) =>
        Assert.Contains(fault, Assert.Throws<MalformedEventException>(() => StorageNotifications.ReadPlain(Json(body))).Message, StringComparison.Ordinal);
}
