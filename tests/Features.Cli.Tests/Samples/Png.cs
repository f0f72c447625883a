using System.Buffers.Binary;

namespace Features.Cli.Tests.Samples;

/// <summary>A picture's size and colours, decoded, so that a file that only begins like a PNG does not pass for one.</summary>
internal sealed record Png(int Width, int Height, int Colours)
{
    public static Png Decode(byte[] bytes)
    {
        using var bitmap = SkiaSharp.SKBitmap.Decode(bytes) ?? throw new InvalidDataException("no picture");
        Assert.Equal(0x89504E470D0A1A0AUL, BinaryPrimitives.ReadUInt64BigEndian(bytes));
        return new Png(bitmap.Width, bitmap.Height, bitmap.Pixels.Distinct().Count());
    }
}
