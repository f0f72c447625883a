using CsCheck;
using Features.Flight.Serving.DataPlane;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Features.Flight.Tests.Serving.DataPlane;

public class GrpcHeadersTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("2H", "02:00:00")]
    [InlineData("3M", "00:03:00")]
    [InlineData("45S", "00:00:45")]
    [InlineData("1500m", "00:00:01.5")]
    [InlineData("250u", "00:00:00.00025")]
    [InlineData("99999999n", "00:00:00.0999999")]
    [InlineData("99999999H", "4166666.15:00:00")]
    public void Timeout_OfEveryUnit_IsRead(string? header, string? expected) =>
        Assert.Equal(expected is null ? null : TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), GrpcTimeout.Parse(header));

    [Theory]
    [InlineData("S")]
    [InlineData("10")]
    [InlineData("-1S")]
    [InlineData("123456789S")]
    [InlineData("1.5S")]
    [InlineData("1s")]
    public void Timeout_NotOfItsForm_IsRefused(string header) =>
        Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<RpcException>(() => GrpcTimeout.Parse(header)).StatusCode);

    [Fact]
    public void Escape_AnyText_IsPrintableAndComesBack() =>
        Gen.String[Gen.Char['\u0001', '\uD7FF'], 0, 200].Sample(text =>
        {
            var escaped = GrpcResponse.Escape(text);
            Assert.All(escaped, letter => Assert.InRange(letter, ' ', '~'));
            Assert.Equal(text, Uri.UnescapeDataString(escaped));
        });

    [Fact]
    public void Escape_ALongMessage_StaysWithinAHeader() => Assert.InRange(GrpcResponse.Escape(new string('ä', 100_000)).Length, 2048, 2100);

    [Fact]
    public async Task Begin_OverHttp1_AsksForHttp2()
    {
        var context = new DefaultHttpContext { Request = { Protocol = "HTTP/1.1", ContentType = "application/grpc" } };
        Assert.False(await GrpcResponse.BeginAsync(context));
        Assert.Equal(StatusCodes.Status426UpgradeRequired, context.Response.StatusCode);
    }
}
