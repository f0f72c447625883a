using System.Buffers;
using System.Text;
using Features.Core.Online;
using Features.Server.Online;
using Features.Server.Online.Json;

namespace Features.Server.Tests.Online.Json;

public sealed class GetRequestTests
{
    [Fact]
    public void Read_OfEveryKey_TakesItAsItIsMeant()
    {
        var request = Read("""
            {"features": ["stats:rate", "stats:*"], "full_feature_names": true, "include_feature_view_version_metadata": false, "at": "2026-01-31 08:30:00+02:00", "training_set": "delays",
             "entities": {"driver_id": [1001, null], "name": ["\u00e4", "b"]}, "request_context": {"amount": [1.5, 2], "is_new": [true, false], "tags": [["a"], []]}}
            """);
        Assert.Equal(["stats:rate", "stats:*"], request.Features);
        Assert.Null(request.Service);
        Assert.True(request.FullNames);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 6, 30, 0, TimeSpan.Zero), request.At);
        Assert.Equal("delays", request.TrainingSet);
        Assert.Equal([FeatureValue.Of(1001), FeatureValue.Null], request.Entities["driver_id"]);
        Assert.Equal([FeatureValue.Of("ä"), FeatureValue.Of("b")], request.Entities["name"]);
        Assert.Equal([FeatureValue.Of(1.5), FeatureValue.Of(2)], request.Entities["amount"]);
        Assert.Equal([FeatureValue.Of(true), FeatureValue.Of(false)], request.Entities["is_new"]);
        Assert.Equal([FeatureValue.OfList([FeatureValue.Of("a")]), FeatureValue.OfList([])], request.Entities["tags"]);
    }

    [Fact]
    public void Read_OfABodyInPieces_IsTheSame()
    {
        const string Json = """{"feature_service":"activity","entities":{"driver_id":[1001,9223372036854775807,170141183460469231731687303715884105727,-2.5e3,"x\"y"]}}""";
        var bytes = Encoding.UTF8.GetBytes(Json);
        for (var cut = 1; cut < bytes.Length; cut++)
        {
            var first = new Piece(bytes.AsMemory(0, cut));
            var request = GetRequest.Read(new ReadOnlySequence<byte>(first, 0, first.Append(bytes.AsMemory(cut)), bytes.Length - cut), 10);
            Assert.Equal("activity", request.Service);
            Assert.Equal(
                [FeatureValue.Of(1001), FeatureValue.Of(long.MaxValue), FeatureValue.OfDecimal(Int128.MaxValue, 0), FeatureValue.Of(-2500d), FeatureValue.Of("x\"y")],
                request.Entities["driver_id"]);
        }
    }

    [Theory]
    [InlineData("", 400, "the body is empty")]
    [InlineData("[]", 400, "no JSON object")]
    [InlineData("{\"features\":\n [}", 400, "the body is no JSON: line 2, byte 3")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1]}} x", 400, "the body is no JSON")]
    [InlineData("{\"features\":[\"\\ud800\"],\"entities\":{\"k\":[1]}}", 400, "half a character")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"\\udc00\":[1]}}", 400, "half a character")]
    [InlineData("{\"features\":[\"a:b\"]}", 422, "has no 'entities'; give the keys as columns")]
    [InlineData("{\"features\":[\"a:b\"],\"entites\":{}}", 422, "has no 'entities' (it has 'entites', which it does not know)")]
    [InlineData("{\"entities\":{\"k\":[1]}}", 422, "names no features")]
    [InlineData("{\"feature_service\":\"s\",\"features\":[\"a:b\"],\"entities\":{\"k\":[1]}}", 422, "both 'features' and 'feature_service'")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1,2],\"l\":[1]}}", 422, "different length (k: 2, l: 1)")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1,2]},\"request_context\":{\"l\":[1]}}", 422, "different length (k: 2, l: 1)")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":1}}", 422, "column 'k' of 'entities' is no list")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1],\"k\":[2]}}", 422, "the column 'k' twice")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":[1]}", 422, "'entities' is no object")]
    [InlineData("{\"features\":\"a:b\",\"entities\":{\"k\":[1]}}", 422, "'features' is no list of texts")]
    [InlineData("{\"features\":[1],\"entities\":{\"k\":[1]}}", 422, "'features' is no list of texts")]
    [InlineData("{\"feature_service\":1,\"entities\":{\"k\":[1]}}", 422, "'feature_service' is no text")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1]},\"full_feature_names\":1}", 422, "neither true nor false")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1]},\"at\":\"yesterday\"}", 422, "'at' is 'yesterday', which is no time")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1e999]}}", 422, "the number 1e999 is beyond")]
    [InlineData("{\"features\":[\"a:b\"],\"entities\":{\"k\":[1,2,3,4]}}", 413, "asks for 4 rows, and 3 is the most")]
    public void Read_OfWhatIsNoRequest_SaysWhy(string body, int status, string message)
    {
        var fault = Assert.Throws<OnlineFault>(() => Read(body));
        Assert.Equal(status, fault.Status);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    private static OnlineRequest Read(string json) => GetRequest.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)), maxRows: 3);

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
