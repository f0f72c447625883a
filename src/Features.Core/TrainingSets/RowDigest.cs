using System.Security.Cryptography;
using System.Text;
using Apache.Arrow;

namespace Features.Core.TrainingSets;

/// <summary>
/// The digest of rows in their order: a SHA-256 Merkle root over blocks of 65,536 rows in the canonical encoding, bound to the columns' names and types and the row count.
/// Equal rows have equal digests however they are batched, stored or sent. Specified to the bit, with test vectors, in <c>schemas/digest</c>.
/// </summary>
public sealed class RowDigest : IDisposable
{
    /// <summary>Rows a block.</summary>
    public const int BlockRows = 65_536;

    private const int FlushBytes = 1 << 15;

    private readonly IncrementalHash block = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<byte[]> leaves = [];
    private readonly CanonicalCells cells = new();
    private readonly byte[] header;
    private readonly IReadOnlyList<string> types;

    /// <summary>Starts a digest of rows with these columns.</summary>
    /// <exception cref="TrainingSetException">Columns have types without an encoding; every one is named.</exception>
    public RowDigest(Schema schema)
    {
        var unknown = schema.FieldsList.Where(f => CanonicalCells.TypeName(f.DataType) is null).Select(f => $"'{f.Name}' ({f.DataType.Name})").ToList();
        if (unknown.Count > 0)
        {
            throw new TrainingSetException("digest-type", $"these columns have no canonical encoding: {string.Join(", ", unknown)}; cast them to a number, text, date or timestamp in microseconds, or leave them out");
        }

        types = [.. schema.FieldsList.Select(f => CanonicalCells.TypeName(f.DataType)!)];
        var text = new CanonicalCells();
        text.Int(types.Count);
        foreach (var (field, type) in schema.FieldsList.Zip(types))
        {
            text.Counted(Encoding.UTF8.GetBytes(field.Name));
            text.Counted(Encoding.UTF8.GetBytes(type));
        }

        header = SHA256.HashData(text.Bytes);
    }

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds the next rows; the batch stays the caller's.</summary>
    /// <exception cref="TrainingSetException">A column is of another type than the schema said.</exception>
    public void Append(RecordBatch batch)
    {
        for (var c = 0; c < types.Count; c++)
        {
            if (CanonicalCells.TypeName(batch.Column(c).Data.DataType) != types[c])
            {
                throw new TrainingSetException("digest-type", $"column {c} was announced as {types[c]} and is {batch.Column(c).Data.DataType.Name}");
            }
        }

        var columns = Enumerable.Range(0, types.Count).Select(c => cells.Writer(batch.Column(c))).ToArray();
        for (var row = 0; row < batch.Length; row++)
        {
            if (Rows % BlockRows == 0)
            {
                CloseBlock();
                block.AppendData([0]);
            }

            foreach (var column in columns)
            {
                column(row);
            }

            Rows++;
            if (cells.Length > FlushBytes)
            {
                Flush();
            }
        }
    }

    /// <summary>The digest of all rows so far, <c>sha256:HEX</c>. Nothing may be appended afterwards.</summary>
    public string Finish()
    {
        CloseBlock();
        Span<byte> last = stackalloc byte[1 + 32 + 8 + 32];
        last[0] = 2;
        header.CopyTo(last[1..]);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(last[33..], Rows);
        Root(leaves).CopyTo(last[41..]);
        return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(last))}";
    }

    /// <inheritdoc/>
    public void Dispose() => block.Dispose();

    private void CloseBlock()
    {
        Flush();
        if (Rows > (long)leaves.Count * BlockRows)
        {
            leaves.Add(block.GetHashAndReset());
        }
    }

    private void Flush()
    {
        if (cells.Length > 0)
        {
            block.AppendData(cells.Bytes);
            cells.Clear();
        }
    }

    /// <summary>The tree hash of RFC 9162, section 2.1.1, over leaves that are hashed already.</summary>
    private static byte[] Root(List<byte[]> leaves)
    {
        if (leaves.Count == 0)
        {
            return SHA256.HashData([]);
        }

        if (leaves.Count == 1)
        {
            return leaves[0];
        }

        var split = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)leaves.Count) / 2;
        return SHA256.HashData([1, .. Root([.. leaves.Take(split)]), .. Root([.. leaves.Skip(split)])]);
    }
}
