using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Features.Testing;

namespace Features.Ordering.Tests;

public class VectorsTests
{
    private static readonly string Path = System.IO.Path.Combine(Fixtures.Repository, "schemas", "ordering", "vectors.json");
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllText(Path)).RootElement;

    [Fact]
    public void Permutation_WholeVectors_AreMet()
    {
        Assert.Equal(Permutation.Algorithm, Vectors.GetProperty("algorithm").GetString());
        foreach (var vector in Vectors.GetProperty("whole").EnumerateArray())
        {
            var permutation = new Permutation(vector.GetProperty("count").GetInt64(), vector.GetProperty("seed").GetInt64(), vector.GetProperty("epoch").GetInt64());
            var values = new long[permutation.Count];
            permutation.Fill(0, values);
            Assert.Equal(vector.GetProperty("values").EnumerateArray().Select(v => v.GetInt64()), values);
        }
    }

    [Fact]
    public void Permutation_SampledVectors_AreMet()
    {
        foreach (var vector in Vectors.GetProperty("sampled").EnumerateArray())
        {
            var permutation = new Permutation(Number(vector.GetProperty("count")), vector.GetProperty("seed").GetInt64(), vector.GetProperty("epoch").GetInt64());
            var values = vector.GetProperty("positions").EnumerateArray().Select(p => permutation[Number(p)]);
            Assert.Equal(vector.GetProperty("values").EnumerateArray().Select(Number), values);
        }
    }

    [Fact]
    public void Grouped_WholeVectors_AreMet()
    {
        Assert.Equal(Grouping.Algorithm, Vectors.GetProperty("grouped").GetProperty("algorithm").GetString());
        foreach (var vector in Vectors.GetProperty("grouped").GetProperty("whole").EnumerateArray())
        {
            var samples = new long[vector.GetProperty("rows").GetInt64()];
            Epoch(vector, samples.Length).Fill(0, samples);
            Assert.Equal(vector.GetProperty("samples").EnumerateArray().Select(v => v.GetInt64()), samples);
        }
    }

    [Fact]
    public void Grouped_SampledVectors_AreMet()
    {
        foreach (var vector in Vectors.GetProperty("grouped").GetProperty("sampled").EnumerateArray())
        {
            var epoch = Epoch(vector, Number(vector.GetProperty("rows")));
            foreach (var (position, sample) in vector.GetProperty("positions").EnumerateArray().Zip(vector.GetProperty("samples").EnumerateArray()))
            {
                var samples = new long[1];
                epoch.Fill(Number(position), samples);
                Assert.Equal(Number(sample), samples[0]);
            }
        }
    }

    [Fact]
    public void Order_Vectors_GiveTheirDigests()
    {
        foreach (var vector in Vectors.GetProperty("orders").EnumerateArray())
        {
            // Reading checks the digest against the parts.
            Assert.Equal(vector.GetProperty("digest").GetString(), Order.Read(vector).Digest);
        }
    }

    [Fact]
    public async Task Vectors_RecomputedInJavaScript_AreEqual()
    {
        using var node = Start();
        Assert.SkipWhen(node is null && !Fixtures.AreRequired, "node is not installed");
        Assert.NotNull(node);
        var errors = await node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, errors);
    }

    private static EpochOrder Epoch(JsonElement vector, long rows) =>
        new Order("sha256:00", rows, OrderMode.Grouped, vector.GetProperty("seed").GetInt64()) { Grouping = Grouping.Read(vector.GetProperty("grouping")) }
            .InEpoch(vector.GetProperty("epoch").GetInt64());

    private static Process? Start()
    {
        var script = System.IO.Path.Combine(Fixtures.Repository, "tests", "Features.Ordering.Tests", "vectors.mjs");
        try
        {
            return Process.Start(new ProcessStartInfo("node", [script, Path]) { RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static long Number(JsonElement text) => long.Parse(text.GetString()!, CultureInfo.InvariantCulture);
}
