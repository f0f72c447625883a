using Features.Iceberg.Conformance.Storage;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Tests.Storage;

/// <summary>The tests' own store keeps the same promises, so that what is tested on it holds elsewhere.</summary>
public sealed class MemoryObjectStoreTests : ObjectStoreConformance
{
    protected override IObjectStore Store { get; } = new MemoryObjectStore();

    protected override string Prefix => "mem://bucket/prefix";
}
