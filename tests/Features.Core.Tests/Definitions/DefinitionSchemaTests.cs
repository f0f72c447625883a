using Features.Core.Definitions;
using Features.Testing;

namespace Features.Core.Tests.Definitions;

/// <summary>The reader and the JSON Schema agree on the schema's examples.</summary>
public class DefinitionSchemaTests
{
    [Fact]
    public void Examples_ThatAreValid_AreRead()
    {
        var files = Files("valid");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            Assert.NotEmpty(DefinitionReader.ReadText(File.ReadAllText(file), file).Definitions);
        }
    }

    [Fact]
    public void Examples_ThatAreInvalid_AreRefused()
    {
        var files = Files("invalid");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            Assert.Throws<DefinitionsException>(() => DefinitionReader.ReadText(File.ReadAllText(file), file));
        }
    }

    private static string[] Files(string kind) => Directory.GetFiles(Path.Combine(Fixtures.Repository, "schemas", "definitions", "examples", kind));
}
