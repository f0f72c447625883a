using System.Security.Cryptography;
using Parquet;

namespace Features.Architecture.Tests.Samples;

public sealed class SampleDataTests
{
    private const string Folder = "samples/data";
    private const long MaxBytes = 3_000_000;

    [Theory]
    [InlineData("flights.parquet")]
    [InlineData("airports.csv")]
    public async Task File_IsTheOneThatItsReadmeDescribes(string name)
    {
        var path = Path.Combine(Checkout.Root, Folder, name);
        await using var file = File.OpenRead(path);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, TestContext.Current.CancellationToken));
        Assert.Contains(hash, Checkout.Read($"{Folder}/README.md"), StringComparison.Ordinal);
        Assert.InRange(file.Length, 1, MaxBytes);
    }

    [Fact]
    public async Task Flights_AreSixHundredThousandInFiveColumns()
    {
        await using var reader = await ParquetReader.CreateAsync(Path.Combine(Checkout.Root, Folder, "flights.parquet"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(600_000, reader.Metadata!.NumRows);
        Assert.Equal(["date", "delay", "distance", "origin", "destination"], reader.Schema.DataFields.Select(field => field.Name));
    }
}
