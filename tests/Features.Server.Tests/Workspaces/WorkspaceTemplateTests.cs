using Features.Server.Workspaces;
using Features.Testing;

namespace Features.Server.Tests.Workspaces;

public sealed class WorkspaceTemplateTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-template-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Write_IntoAnEmptyFolder_MakesAWorkspaceWhoseDefinitionsHold()
    {
        var written = await WorkspaceTemplate.WriteAsync(folder, TestContext.Current.CancellationToken);
        Assert.Contains("features.yaml", written);
        Assert.All(written, file => Assert.True(File.Exists(Path.Combine(folder, file)), file));
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(Fixtures.Repository, "samples", "flights", "features.yaml"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(folder, "features.yaml"), TestContext.Current.CancellationToken));
        await using var workspace = await Workspace.OpenAsync(folder, TestContext.Current.CancellationToken);
        Assert.True((await workspace.ApplyAsync(planOnly: true, TestContext.Current.CancellationToken)).HasChanges);
    }

    [Fact]
    public async Task Write_IntoAWorkspace_LeavesWhatStands()
    {
        await WorkspaceTemplate.WriteAsync(folder, TestContext.Current.CancellationToken);
        var file = Path.Combine(folder, "features.yaml");
        await File.WriteAllTextAsync(file, "name: mine\n", TestContext.Current.CancellationToken);
        File.Delete(Path.Combine(folder, "data", "airports.csv"));
        Assert.Equal(["data/airports.csv"], await WorkspaceTemplate.WriteAsync(folder, TestContext.Current.CancellationToken));
        Assert.Equal("name: mine\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }
}
