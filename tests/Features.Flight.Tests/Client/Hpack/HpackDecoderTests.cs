using System.Text;
using Features.Flight.Client.Hpack;

namespace Features.Flight.Tests.Client.Hpack;

/// <summary>The examples of RFC 7541, appendix C, and what a hostile peer may send.</summary>
public class HpackDecoderTests
{
    // C.3 and C.4: three requests on one connection, without and with Huffman codes.
    private static readonly string[] PlainRequests = ["828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865", "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"];
    private static readonly string[] CodedRequests = ["828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"];

    private static readonly string[] Requests =
    [
        ":method: GET|:scheme: http|:path: /|:authority: www.example.com",
        ":method: GET|:scheme: http|:path: /|:authority: www.example.com|cache-control: no-cache",
        ":method: GET|:scheme: https|:path: /index.html|:authority: www.example.com|custom-key: custom-value",
    ];

    // C.5 and C.6: three responses, with a table of 256 bytes.
    private static readonly string[] PlainResponses =
    [
        "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
    ];

    private static readonly string[] CodedResponses =
    [
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ];

    private static readonly string[] Responses =
    [
        ":status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com",
        ":status: 307|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com",
        ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: https://www.example.com|content-encoding: gzip|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Requests_OfAppendixC_DecodeInTurn(bool isCoded)
    {
        var decoder = new HpackDecoder(4096);
        Assert.Equal(Requests, (isCoded ? CodedRequests : PlainRequests).Select(block => Decode(decoder, block)));
        Assert.Equal((3, 164), (decoder.Table.Count, decoder.Table.Size));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Responses_OfAppendixC_EvictFromASmallTable(bool isCoded)
    {
        var decoder = new HpackDecoder(4096);
        Assert.Equal("", Decode(decoder, "3fe101"));
        Assert.Equal(256, decoder.Table.MaxSize);
        Assert.Equal(Responses, (isCoded ? CodedResponses : PlainResponses).Select(block => Decode(decoder, block)));
        Assert.Equal((3, 215), (decoder.Table.Count, decoder.Table.Size));
    }

    [Theory]
    [InlineData("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header", 1)]
    [InlineData("040c2f73616d706c652f70617468", ":path: /sample/path", 0)]
    [InlineData("100870617373776f726406736563726574", "password: secret", 0)]
    [InlineData("82", ":method: GET", 0)]
    public void Literals_OfAppendixC2_AreIndexedAsTheySay(string block, string expected, int indexed)
    {
        var decoder = new HpackDecoder(4096);
        Assert.Equal(expected, Decode(decoder, block));
        Assert.Equal(indexed, decoder.Table.Count);
    }

    [Theory]
    [InlineData("80", "no header with the index 0")]
    [InlineData("be", "no header with the index 62")]
    [InlineData("ff8080808001", "larger than any")]
    [InlineData("ffffffffff7f", "larger than any")]
    [InlineData("400a6375", "cut off")]
    [InlineData("40", "cut off")]
    [InlineData("8220", "inside of a header block")]
    [InlineData("3fe13f", "4096 are allowed")]
    [InlineData("0084ffffffff00", "end of string")]
    [InlineData("0081ff00", "padding")]
    [InlineData("00821f0000", "padding")]
    public void Blocks_ThatBreakTheFormat_AreRefused(string block, string reason)
    {
        var decoder = new HpackDecoder(4096);
        Assert.Contains(reason, Assert.Throws<HpackException>(() => Decode(decoder, block)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_OfMoreThanAllowed_AreRefusedEvenIfTheirBlockIsShort()
    {
        // A single octet repeats a long entry of the table.
        var decoder = new HpackDecoder(4096);
        var name = new string('n', 1000);
        var block = new HpackEncoder().Encode([new(name, "v")])[1..];
        block[0] = 0x40;
        byte[] bomb = [.. block, .. Enumerable.Repeat((byte)0xBE, 4)];

        Assert.Contains("more than 4096", Assert.Throws<HpackException>(() => decoder.Decode(bomb)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limit_OfNoTable_RefusesItsGrowthAndTakesItsEnd()
    {
        var decoder = new HpackDecoder(4096);
        Decode(decoder, PlainRequests[0]);
        decoder.Limit(0);

        Assert.Equal(":method: GET", Decode(decoder, "2082"));
        Assert.Equal(0, decoder.Table.Count);
        Assert.Throws<HpackException>(() => Decode(decoder, "3fe101"));
    }

    [Fact]
    public void Encoded_AnyHeaders_DecodeToTheSame() => Gen.Select(Text(1, 300), Text(0, 300)).Array[0, 20].Sample(pairs =>
    {
        var headers = pairs.Select(pair => new Header(pair.Item1, pair.Item2)).ToList();
        var encoder = new HpackEncoder();
        var decoder = new HpackDecoder(1 << 20);
        decoder.Limit(0);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(headers, decoder.Decode(encoder.Encode(headers)));
        }
    }, iter: 200);

    [Fact]
    public void Bytes_AtRandom_AreDecodedOrRefused() => Gen.Byte.Array[0, 200].Sample(
        block =>
        {
            try
            {
                new HpackDecoder(4096).Decode(block);
            }
            catch (HpackException)
            {
                // The only way to refuse.
            }
        },
        iter: 20_000);

    [Fact]
    public void Huffman_AnyOctets_DecodeFromTheirCodes()
    {
        var codes = Codes();
        Gen.Byte.Array[0, 100].Sample(
            octets =>
            {
                var bits = string.Concat(octets.Select(octet => codes[octet]));
                bits += new string('1', (8 - (bits.Length % 8)) % 8);
                var encoded = bits.Chunk(8).Select(chunk => Convert.ToByte(new string(chunk), 2)).ToArray();
                Assert.Equal(Encoding.Latin1.GetString(octets), HuffmanCode.Decode(encoded));
            },
            iter: 500);
    }

    // The canonical code, built as a string of bits for each symbol: shorter ones first, then by symbol.
    private static string[] Codes()
    {
        var lengths = HuffmanCode.BitLengths.ToArray();
        var codes = new string[lengths.Length];
        var (code, bits) = (0L, 0);
        foreach (var symbol in Enumerable.Range(0, lengths.Length).OrderBy(symbol => lengths[symbol]).ThenBy(symbol => symbol))
        {
            code <<= lengths[symbol] - bits;
            bits = lengths[symbol];
            codes[symbol] = Convert.ToString(code++, 2).PadLeft(bits, '0');
        }

        Assert.Equal(1L << 30, code);
        Assert.Equal("1111111111" + new string('1', 20), codes[256]);
        return codes;
    }

    private static Gen<string> Text(int least, int most) => Gen.Byte.Array[least, most].Select(Encoding.Latin1.GetString);

    private static string Decode(HpackDecoder decoder, string block) =>
        string.Join("|", decoder.Decode(Convert.FromHexString(block)).Select(header => $"{header.Name}: {header.Value}"));
}
