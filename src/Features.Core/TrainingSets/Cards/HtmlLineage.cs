using System.Globalization;

namespace Features.Core.TrainingSets.Cards;

/// <summary>Where a set came from: tables at their snapshots, by definitions of known content.</summary>
internal static class HtmlLineage
{
    public static Markup Section(TrainingSetCard card)
    {
        var sources = card.Manifest.Sources.Select(s => Markup.Of($"""
            <tr><th scope="row"><code>{s.Table}</code></th><td><code>{s.Uuid?.ToString() ?? ""}</code></td><td><code>{(s.Snapshot < 0 ? "none" : Id(s.Snapshot))}</code></td></tr>
            """));
        var definitions = card.Definitions.Select(d => Markup.Of($"""
            <tr><th scope="row"><code>{d.Name}</code></th><td>{d.Kind}</td><td><code title="{d.Hash}">{CardText.ShortHash(d.Hash)}…</code></td><td class="{(d.State == CardDefinitionState.Changed ? "state changed" : "state")}">{CardLines.State(d.State)}</td></tr>
            """));
        return Markup.Of($"""
            <section aria-labelledby="lineage"><h2 id="lineage">Lineage</h2>
            {Flow(card)}
            <h3>Tables, each read at one snapshot and tagged so that it is kept</h3>
            <div class="scroll"><table><thead><tr><th scope="col">Table</th><th scope="col">UUID</th><th scope="col">Snapshot</th></tr></thead><tbody class="tight">{sources}</tbody></table></div>
            <h3>Definitions</h3>
            <div class="scroll"><table><thead><tr><th scope="col">Definition</th><th scope="col">Kind</th><th scope="col">SHA-256</th><th scope="col">Now</th></tr></thead><tbody class="tight">{definitions}</tbody></table></div>
            {(card.Definition is { } set ? Markup.Of($"<h3>Spine, the rows that features are joined to</h3><pre><code>{set.Spine.Trim()}</code></pre>") : Markup.Empty)}
            </section>
            """);
    }

    private static Markup Flow(TrainingSetCard card)
    {
        var tables = card.Manifest.Sources.Select(s => Box(s.Table, s.Snapshot < 0 ? "empty" : $"snapshot {Id(s.Snapshot)}"));
        var views = card.Definitions.Where(d => d.Kind is "FeatureView" or "OnDemandView").Select(v => Box(v.Name, Features(card, v.Name))).ToList();
        var set = Markup.Of($"""<li class="goal"><code>{card.Manifest.Table}</code><div class="small">{CardText.Rows(card.Manifest.Rows)}, snapshot {Id(card.Manifest.SnapshotId)}</div></li>""");
        return Markup.Of($"""
            <ol class="flow"><li><h3>Tables</h3><ul>{tables}</ul></li>{(views.Count > 0 ? Markup.Of($"<li><h3>Views</h3><ul>{views}</ul></li>") : Markup.Empty)}<li><h3>Training set</h3><ul>{set}</ul></li></ol>
            """);
    }

    private static string Features(TrainingSetCard card, string view)
    {
        var count = card.Columns.Count(c => c.Column.Source is { } source && Core.Definitions.FeatureReference.TryParse(source)?.View == view);
        return count == 1 ? "1 feature" : string.Create(CultureInfo.InvariantCulture, $"{count} features");
    }

    private static Markup Box(string name, string about) => Markup.Of($"""<li><code>{name}</code><div class="small">{about}</div></li>""");

    private static string Id(long snapshot) => snapshot.ToString(CultureInfo.InvariantCulture);
}
