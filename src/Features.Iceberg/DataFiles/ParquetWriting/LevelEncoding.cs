using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Parquet's run-length and bit-packing hybrid, for levels and dictionary indices.</summary>
internal static class LevelEncoding
{
    public static int BitWidth(int max) => max == 0 ? 0 : BitOperations.Log2((uint)max) + 1;

    /// <summary>Appends levels preceded by their length in bytes, as data pages (v1) hold them.</summary>
    public static void WriteLevels(ReadOnlySpan<byte> levels, int maxLevel, ArrayBufferWriter<byte> output)
    {
        var runs = new ArrayBufferWriter<byte>();
        var encoder = new Encoder(runs, BitWidth(maxLevel));
        foreach (var level in levels)
        {
            encoder.Add(level);
        }

        encoder.Finish();
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), runs.WrittenCount);
        output.Advance(4);
        output.Write(runs.WrittenSpan);
    }

    /// <summary>Appends dictionary indices preceded by their bit width.</summary>
    public static void WriteIndices(ReadOnlySpan<int> indices, int bitWidth, ArrayBufferWriter<byte> output)
    {
        output.Write([(byte)bitWidth]);
        var encoder = new Encoder(output, bitWidth);
        foreach (var index in indices)
        {
            encoder.Add(index);
        }

        encoder.Finish();
    }

    /// <summary>Runs of eight or more equal values are repeated; what lies between is packed in groups of eight.</summary>
    private ref struct Encoder(ArrayBufferWriter<byte> output, int bitWidth)
    {
        private readonly List<int> packed = [];
        private int value;
        private int count;

        public void Add(int next)
        {
            if (count > 0 && next == value)
            {
                count++;
                return;
            }

            EndRun();
            value = next;
            count = 1;
        }

        public void Finish()
        {
            EndRun();
            EndPacked();
        }

        private void EndRun()
        {
            // A packed group must be whole before a repeated run may follow.
            while (count > 0 && (packed.Count % 8 != 0 || count < 8))
            {
                packed.Add(value);
                count--;
            }

            if (count > 0)
            {
                EndPacked();
                Varint((uint)count << 1);
                for (var i = 0; i < (bitWidth + 7) / 8; i++)
                {
                    output.Write([(byte)(value >> (8 * i))]);
                }

                count = 0;
            }
        }

        private void EndPacked()
        {
            if (packed.Count == 0)
            {
                return;
            }

            var groups = (packed.Count + 7) / 8;
            Varint(((uint)groups << 1) | 1);
            ulong bits = 0;
            var held = 0;
            for (var i = 0; i < groups * 8; i++)
            {
                bits |= (ulong)(uint)(i < packed.Count ? packed[i] : 0) << held;
                held += bitWidth;
                for (; held >= 8; held -= 8, bits >>= 8)
                {
                    output.Write([(byte)bits]);
                }
            }

            packed.Clear();
        }

        private readonly void Varint(uint number)
        {
            for (; number >= 0x80; number >>= 7)
            {
                output.Write([(byte)(number | 0x80)]);
            }

            output.Write([(byte)number]);
        }
    }
}
