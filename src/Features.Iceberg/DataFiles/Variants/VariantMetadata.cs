using System.Text;

namespace Features.Iceberg.DataFiles.Variants;

/// <summary>The dictionary of field names that a variant's metadata holds ("Metadata encoding" of Parquet's variant encoding).</summary>
internal readonly ref struct VariantMetadata
{
    private const int Version = 1;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly int width;

    /// <exception cref="InvalidDataException">It is damaged, or of another version.</exception>
    public VariantMetadata(ReadOnlySpan<byte> bytes)
    {
        this.bytes = bytes;
        if (bytes.IsEmpty || (bytes[0] & 0x0F) != Version)
        {
            throw new InvalidDataException("a variant's metadata is empty or of an unknown version");
        }

        width = (bytes[0] >> 6) + 1;
        Count = VariantLayout.Number(bytes, 1, width);
        if ((Count + 2L) * width + 1 > bytes.Length)
        {
            throw new InvalidDataException($"a variant's metadata claims {Count} names in {bytes.Length} bytes");
        }
    }

    /// <summary>How many names there are.</summary>
    public int Count { get; }

    public ReadOnlySpan<byte> Utf8(int id)
    {
        if ((uint)id >= (uint)Count)
        {
            throw new InvalidDataException($"a variant names field {id} of {Count}");
        }

        var at = 1 + ((id + 1) * width);
        var names = 1 + ((Count + 2) * width);
        var (start, end) = (VariantLayout.Number(bytes, at, width), VariantLayout.Number(bytes, at + width, width));
        return start <= end && end <= bytes.Length - names ? bytes[(names + start)..(names + end)] : throw new InvalidDataException("a variant's metadata is cut off");
    }

    public string Name(int id) => Encoding.UTF8.GetString(Utf8(id));

    /// <exception cref="InvalidDataException">The name is not among them.</exception>
    public int IdOf(string name)
    {
        var wanted = Encoding.UTF8.GetBytes(name);
        for (var id = 0; id < Count; id++)
        {
            if (Utf8(id).SequenceEqual(wanted))
            {
                return id;
            }
        }

        throw new InvalidDataException($"a variant's metadata lacks the name of its field '{name}'");
    }
}
