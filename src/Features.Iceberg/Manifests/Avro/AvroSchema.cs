namespace Features.Iceberg.Manifests.Avro;

/// <summary>A type of a writer's Avro schema, with the attributes that Iceberg adds.</summary>
internal abstract record AvroSchema
{
    /// <summary>How many types one value of this one visits; bounded when the schema is parsed, so that no file can make a skip run for ever.</summary>
    public virtual long Weight => 1;
}

internal enum AvroKind
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
}

internal sealed record AvroPrimitive(AvroKind Kind) : AvroSchema;

internal sealed record AvroFixed(int Size) : AvroSchema;

internal sealed record AvroEnum(IReadOnlyList<string> Symbols) : AvroSchema;

internal sealed record AvroArray(AvroSchema Items) : AvroSchema
{
    public override long Weight => 1 + Items.Weight;
}

internal sealed record AvroMap(AvroSchema Values) : AvroSchema
{
    public override long Weight => 1 + Values.Weight;
}

internal sealed record AvroUnion(IReadOnlyList<AvroSchema> Branches) : AvroSchema
{
    private readonly long weight = 1 + Branches.Sum(b => b.Weight);

    public override long Weight => weight;
}

internal sealed record AvroRecord(IReadOnlyList<AvroField> Fields) : AvroSchema
{
    private readonly long weight = 1 + Fields.Sum(f => f.Type.Weight);

    public override long Weight => weight;
}

/// <summary>A field; <paramref name="Id"/> is Iceberg's, null if the writer left it out.</summary>
internal sealed record AvroField(string Name, int? Id, AvroSchema Type);
