using System.Security.Cryptography;
using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Cards;

namespace Features.Core.Tests.TrainingSets.Cards;

public sealed class TrainingSetCardsTests : IAsyncLifetime
{
    private readonly FlightsWorkspace workspace = new();
    private TrainingSetManifest manifest = null!;

    public async ValueTask InitializeAsync()
    {
        await workspace.AppendAsync([.. Enumerable.Range(0, 40).Select(i => new FlightsWorkspace.Departure(i % 5 == 0 ? null : $"A{i % 3}", i * 3, (i * 3) + 1, i % 7, i % 2 == 0 ? "WN" : null))]);
        manifest = (await workspace.CreateAsync()).Manifest;
    }

    public ValueTask DisposeAsync() => workspace.DisposeAsync();

    [Fact]
    public async Task Card_OfAStoredSet_CountsItsRows()
    {
        var card = await new TrainingSetCards(workspace.Store, workspace.Gate).ReadAsync(manifest, FlightsWorkspace.Declared, Reader.Local("dataset"), TestContext.Current.CancellationToken);
        Assert.Equal((32, 32, "late", "ops"), (manifest.Rows, card.Whole.Rows, card.Label?.Column.Name, card.Owner));
        Assert.All(card.Columns, c => Assert.Equal(32, c.Statistics.Rows));
        Assert.Equal(["A0", "A1", "A2"], card.Columns.Single(c => c.Column.Name == "origin").Statistics.Top!.Values.Select(v => v.Value).Order());
        Assert.Equal("confidential", card.Columns.Single(c => c.Column.Name == "delay_sum").Tags["sensitivity"]);
        Assert.All(card.Definitions, d => Assert.Equal(CardDefinitionState.InForce, d.State));
    }

    [Fact]
    public async Task Card_OfASetWithoutStatistics_IsTheSame()
    {
        var cards = new TrainingSetCards(workspace.Store, workspace.Gate);
        var token = TestContext.Current.CancellationToken;
        Assert.NotNull(manifest.Statistics);
        var stored = await cards.ReadAsync(manifest, FlightsWorkspace.Declared, Reader.Local("dataset"), token);
        var counted = await cards.ReadAsync(manifest with { Statistics = null }, FlightsWorkspace.Declared, Reader.Local("dataset"), token);
        Assert.Equal(MarkdownCard.Write(stored), MarkdownCard.Write(counted));
    }

    [Fact]
    public async Task Files_AreHashed()
    {
        var cards = new TrainingSetCards(workspace.Store, workspace.Gate);
        var card = await cards.ReadAsync(manifest, FlightsWorkspace.Declared, Reader.Local("dataset"), TestContext.Current.CancellationToken);
        Assert.Empty(card.Files);
        var file = Assert.Single((await cards.WithFilesAsync(card, Reader.Local("dataset"), TestContext.Current.CancellationToken)).Files);
        var bytes = await File.ReadAllBytesAsync(new Uri(file.Location).LocalPath, TestContext.Current.CancellationToken);
        Assert.Equal((bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))), ((int)file.Bytes, file.Sha256));
    }

    [Fact]
    public async Task Card_ForOneWhoMayNotReadTheSet_IsDenied()
    {
        var gate = new ReadGate(workspace.Catalog, new Nobody(), new SqliteAuditLog(Path.Combine(Path.GetDirectoryName(workspace.LineagePath)!, "denied.db"), workspace.Clock), workspace.Clock);
        var cards = new TrainingSetCards(new TrainingSetStore(workspace.Catalog, workspace.Format, gate), gate);
        foreach (var set in new[] { manifest, manifest with { Statistics = null } })
        {
            await Assert.ThrowsAsync<AccessDeniedException>(() => cards.ReadAsync(set, FlightsWorkspace.Declared, new Reader("eve", "dataset"), TestContext.Current.CancellationToken));
        }
    }

    private sealed class Nobody : IPolicy
    {
        public ValueTask<PolicyDecision> DecideAsync(ReadRequest request, CancellationToken cancellationToken) => new(new PolicyDecision(false, "nobody may", "test", "none"));
    }
}
