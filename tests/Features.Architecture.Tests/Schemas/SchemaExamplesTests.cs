using Features.Testing;

namespace Features.Architecture.Tests.Schemas;

public sealed class SchemaExamplesTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EverySchema_AcceptsItsValidExamplesAndRejectsOneForEachKeyword()
    {
        Assert.SkipWhen(Validators.Missing is not null, Validators.Missing ?? "");
        var schemas = Checkout.Files("schemas").Where(path => Path.GetFileName(path) is ['v', >= '1' and <= '9', '.', 'j', 's', 'o', 'n'] || path.EndsWith(".schema.json", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(schemas);
        var reports = await Task.WhenAll(schemas.Select(schema => Validators.RunAsync("schemas.mjs", [Path.Combine(Checkout.Root, schema)], Cancelled)));
        Faults.AreNone(reports.SelectMany(report => report.Faults));
    }

    [Fact]
    public async Task Validator_OfASchemaWithPoorExamples_NamesEachFault()
    {
        Assert.SkipWhen(Validators.Missing is not null, Validators.Missing ?? "");
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            Write("v1.json", """{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["name"],"properties":{"name":{"type":"string","minLength":2}}}""");
            Write("examples/valid/short.yaml", "name: a");
            Write("examples/invalid/accepted.json", """{"name":"long enough"}""");
            Write("examples/invalid/required-but-for-another-reason.json", """{"name":7}""");
            Write("examples/invalid/type-name-a-number.yaml", "name: 7");

            var report = await Validators.RunAsync("schemas.mjs", [Path.Combine(folder.FullName, "v1.json")], Cancelled);

            Assert.Equal("valid 1 invalid 3 keywords 4", report.Counts);
            Assert.Collection(
                report.Faults,
                fault => Assert.Contains("short.yaml: rejected, but must be valid: /name must NOT have fewer than 2 characters", fault, StringComparison.Ordinal),
                fault => Assert.Contains("accepted.json: accepted, but must be invalid", fault, StringComparison.Ordinal),
                fault => Assert.Contains("required-but-for-another-reason.json: rejected, but not because of 'required' alone", fault, StringComparison.Ordinal),
                fault => Assert.Contains("uses 'required', but no file", fault, StringComparison.Ordinal),
                fault => Assert.Contains("uses 'properties', but no file", fault, StringComparison.Ordinal),
                fault => Assert.Contains("uses 'minLength', but no file", fault, StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Write(string path, string text)
        {
            var file = new FileInfo(Path.Combine(folder.FullName, path));
            file.Directory!.Create();
            File.WriteAllText(file.FullName, text);
        }
    }
}
