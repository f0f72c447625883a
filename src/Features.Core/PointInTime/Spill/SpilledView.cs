using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime.Columns;

namespace Features.Core.PointInTime.Spill;

/// <summary>Features in files, a file for each bucket of keys; each holds its rows in the spine's order, so that reading merges them.</summary>
internal sealed class SpilledView : JoinedView
{
    private const int BatchRows = 4096;

    private readonly SpillFolder folder;
    private readonly Schema schema;
    private readonly List<SpillFile> files = [];

    /// <param name="folder">Where files are made.</param>
    /// <param name="features">The features.</param>
    /// <param name="types">Their types.</param>
    public SpilledView(SpillFolder folder, IReadOnlyList<SelectedFeature> features, IReadOnlyList<IArrowType> types)
        : base(features)
    {
        this.folder = folder;
        schema = new Schema([new Field(JoinedRows.RowColumn, Int32Type.Default, nullable: false), .. types.Select((t, i) => new Field($"f{i}", t, nullable: true))], null);
    }

    public override long Bytes => 0;

    /// <summary>Writes the features of some rows, whose numbers ascend.</summary>
    public void Write(int[] rows, IReadOnlyList<JoinedColumn> columns)
    {
        var file = new SpillFile(folder.NewPath(), schema);
        files.Add(file);
        for (var start = 0; start < rows.Length; start += BatchRows)
        {
            var length = Math.Min(BatchRows, rows.Length - start);
            var numbers = new Int32Array(new ArrowBuffer.Builder<int>(length).Append(rows.AsSpan(start, length)).Build(), ArrowBuffer.Empty, length, 0, 0);
            file.Write(new RecordBatch(schema, [numbers, .. columns.Select(c => c.Slice(start, length))], length));
        }

        file.Complete();
    }

    public override IViewCursor Open() => new Cursor(this);

    public override void Dispose()
    {
        files.ForEach(f => f.Dispose());
        base.Dispose();
    }

    private sealed class Cursor : IViewCursor
    {
        private readonly List<Part> parts;
        private readonly List<ValueStore> columns;
        private readonly SpilledView view;
        private int[] places = [];

        public Cursor(SpilledView view)
        {
            this.view = view;
            parts = [.. view.files.Select(f => new Part(f.Read().GetEnumerator()))];
            columns = [.. view.schema.FieldsList.Skip(1).Select(f => ValueStore.TryCreate(f.DataType)!)];
        }

        public IReadOnlyList<IArrowArray> Next(int start, int length)
        {
            Buffers.Ensure(ref places, length);
            places.AsSpan(0, length).Fill(-1);
            columns.ForEach(c => c.Clear());
            var found = 0;
            foreach (var part in parts)
            {
                while (part.Batch is { } batch)
                {
                    var numbers = ((Int32Array)batch.Column(0)).Values;
                    var from = part.Row;
                    for (; part.Row < numbers.Length && numbers[part.Row] < start + length; part.Row++)
                    {
                        places[numbers[part.Row] - start] = found++;
                    }

                    var taken = Enumerable.Range(from, part.Row - from).ToArray();
                    for (var c = 0; c < columns.Count; c++)
                    {
                        columns[c].Append(batch.Column(c + 1), taken);
                    }

                    if (part.Row < numbers.Length)
                    {
                        break;
                    }

                    part.Advance();
                }
            }

            return [.. columns.Select((c, f) => view.Features[f].Feature.Aggregate == Aggregate.Count ? Counts((FixedStore<long>)c, length) : c.Take(places.AsSpan(0, length)))];
        }

        public void Dispose() => parts.ForEach(p => p.Dispose());

        /// <summary>A row without a key is in no bucket, and its count is 0.</summary>
        private Int64Array Counts(FixedStore<long> column, int length)
        {
            var counts = new ArrowBuffer.Builder<long>(length);
            for (var i = 0; i < length; i++)
            {
                counts.Append(places[i] < 0 ? 0 : column.Column[places[i]]);
            }

            return new Int64Array(counts.Build(), ArrowBuffer.Empty, length, 0, 0);
        }
    }

    /// <summary>A file being read: its current batch and the next row of it.</summary>
    private sealed class Part : IDisposable
    {
        private readonly IEnumerator<RecordBatch> batches;

        public Part(IEnumerator<RecordBatch> batches)
        {
            this.batches = batches;
            Advance();
        }

        public RecordBatch? Batch { get; private set; }

        public int Row { get; set; }

        public void Advance()
        {
            Batch?.Dispose();
            Row = 0;
            Batch = batches.MoveNext() ? batches.Current : null;
        }

        public void Dispose()
        {
            Batch?.Dispose();
            batches.Dispose();
        }
    }
}
