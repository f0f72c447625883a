namespace Features.Core.TrainingSets.Cards;

/// <summary>The style of a card's page: light and dark after the reader's scheme, and light on paper.</summary>
internal static class CardStyle
{
    public const string Css =
        """
        :root{color-scheme:light dark;--paper:#fbfbf9;--sheet:#fff;--ink:#1c2024;--soft:#5f6874;--line:#e5e6e3;--wash:#f3f4f1;--accent:#3557c9;--tint:#dfe6fb;--warn:#a15c00;--warnwash:#fdf3e2;
        --c0:#3557c9;--c1:#e08a1e;--c2:#1f9d84;--c3:#b8439b;--c4:#7a6ff0;--c5:#8c9a1e;--c6:#d1495b;--c7:#a9b0b8}
        @media (prefers-color-scheme:dark){:root{--paper:#101317;--sheet:#161a20;--ink:#e7eaee;--soft:#98a2ae;--line:#29303a;--wash:#1c222a;--accent:#8fa8ff;--tint:#243056;--warn:#f0b45e;--warnwash:#2b2313;
        --c0:#7f9bff;--c1:#f0a94c;--c2:#4fc9ae;--c3:#e07cc7;--c4:#a79eff;--c5:#b9c653;--c6:#f08090;--c7:#5d6773}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
        main{max-width:1080px;margin:0 auto;padding:48px 28px 72px}
        header{margin-bottom:30px}
        .eyebrow{margin:0;color:var(--soft);font-size:12px;letter-spacing:.09em;text-transform:uppercase}
        h1{margin:2px 0 8px;font-size:38px;line-height:1.15;letter-spacing:-.02em;font-weight:680;overflow-wrap:anywhere}
        h2{margin:52px 0 6px;font-size:21px;letter-spacing:-.01em;font-weight:640}
        h3{margin:26px 0 8px;font-size:14px;font-weight:640}
        p{margin:0 0 12px;max-width:72ch}
        .lead{font-size:17px;color:var(--soft)}
        .note{color:var(--soft);font-size:13.5px}
        code,pre{font-family:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
        code{overflow-wrap:anywhere}
        pre{margin:8px 0 16px;padding:14px 16px;background:var(--wash);border:1px solid var(--line);border-radius:8px;overflow-x:auto;line-height:1.5;white-space:pre-wrap;overflow-wrap:anywhere}
        .chips{display:flex;flex-wrap:wrap;gap:6px;margin:14px 0 0;padding:0;list-style:none}
        .chips li{padding:2px 10px;border:1px solid var(--line);border-radius:99px;background:var(--sheet);font-size:13px}
        .chips b{font-weight:400;color:var(--soft)}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:1px;margin:0;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden}
        .facts div{padding:14px 16px;background:var(--sheet)}
        .facts dt{color:var(--soft);font-size:12.5px}
        .facts dd{margin:2px 0 0;font-size:22px;font-weight:600;letter-spacing:-.01em}
        .facts dd.small{font-size:13.5px;font-weight:500;letter-spacing:0;line-height:1.6;margin-top:5px;overflow-wrap:anywhere}
        .notices{margin:22px 0 0;padding:12px 18px;background:var(--warnwash);border-left:3px solid var(--warn);border-radius:0 8px 8px 0}
        .notices h2{margin:0 0 4px;font-size:14px;color:var(--warn)}
        .notices ul{margin:0;padding-left:18px;font-size:14px}
        table{width:100%;border-collapse:collapse;margin:12px 0 4px}
        caption{text-align:left;color:var(--soft);font-size:13.5px;padding-bottom:8px}
        th{font-weight:600;text-align:left}
        thead th{padding:6px 14px 6px 0;color:var(--soft);font-size:12.5px;font-weight:500;border-bottom:1px solid var(--line);vertical-align:bottom}
        tbody td,tbody th{padding:12px 14px 12px 0;border-bottom:1px solid var(--line);vertical-align:top}
        tbody.tight td,tbody.tight th{padding-top:7px;padding-bottom:7px;vertical-align:middle}
        tbody.tight th code,tbody.tight td:nth-child(2) code{white-space:nowrap}
        td.n,th.n{text-align:right;white-space:nowrap}td.n:not(:last-child),thead th.n:not(:last-child){padding-right:26px}td.n:last-child,thead th.n:last-child{padding-right:0}
        .columns{table-layout:fixed}
        .columns .name{width:30%}.columns .fill{width:10%}.columns .dist{width:29%}.columns tbody td:nth-child(2){padding-right:26px}.columns tbody td:last-child,.columns thead th:last-child{padding-right:0;padding-left:18px}
        .columns .from code{font-size:12.5px;font-weight:400}
        .columns th code{font-size:14px;font-weight:600}
        .type{margin-left:7px;padding:1px 7px;border-radius:5px;background:var(--wash);color:var(--soft);font:12px/1.5 ui-monospace,Menlo,Consolas,monospace;white-space:nowrap}
        .about{margin:4px 0 0;font-size:13.5px;font-weight:400;color:var(--ink);line-height:1.45}
        .from{margin:3px 0 0;font-size:12.5px;font-weight:400;color:var(--soft);overflow-wrap:anywhere;line-height:1.45}
        .meter{height:6px;margin:8px 0 5px;border-radius:3px;background:var(--wash);overflow:hidden;border:1px solid var(--line)}
        .meter i{display:block;height:100%;background:var(--accent)}
        .small{font-size:12.5px;color:var(--soft)}
        .stats{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:2px 9px;margin:0;font-size:13px}
        .stats.times{grid-template-columns:auto 1fr}.stats dt{color:var(--soft);white-space:nowrap}.stats dt:nth-of-type(even){padding-left:9px}.stats.times dt{padding-left:0}.stats dd{margin:0;text-align:right;white-space:nowrap}
        .plot{display:block;width:100%;height:auto;max-width:320px;overflow:visible}
        .plot.wide{max-width:none;margin:14px 0 6px}
        .plot.shares{height:18px;max-width:none;min-width:140px;border-radius:4px;overflow:hidden}
        .plot text{fill:var(--soft);font-size:11px}
        .bar{fill:var(--accent)}.tail{fill:var(--accent);opacity:.35}.hit{fill:transparent}g:hover>.hit{fill:var(--tint)}.axis{stroke:var(--line);stroke-width:1}
        .q90{stroke:var(--soft);stroke-width:1;opacity:.7}.q50{stroke:var(--soft);stroke-width:4;stroke-linecap:round;opacity:.45}.q{fill:var(--ink)}
        .c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}.c6{fill:var(--c6)}.c7{fill:var(--c7)}
        .key{display:inline-block;width:10px;height:10px;margin-right:7px;border-radius:3px}
        .key svg{display:block}
        .tops{display:grid;grid-template-columns:minmax(40px,auto) 1fr auto;gap:3px 9px;margin:0;font-size:12.5px;align-items:center}
        .tops dt{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:130px}
        .tops dd{margin:0}.tops .track{height:9px}.tops .track i{display:block;height:100%;min-width:1px;background:var(--accent);border-radius:2px}
        .tops .count{color:var(--soft);text-align:right}
        .withheld{color:var(--soft);font-size:13px;font-style:italic}
        .flow{display:flex;align-items:stretch;gap:34px;margin:18px 0 6px;padding:0;list-style:none}
        .flow>li{flex:1;position:relative;min-width:0}
        .flow>li+li::before{content:"";position:absolute;left:-25px;top:50%;width:14px;height:1px;background:var(--soft)}
        .flow>li+li::after{content:"";position:absolute;left:-16px;top:calc(50% - 3px);width:6px;height:6px;border:solid var(--soft);border-width:1px 1px 0 0;transform:rotate(45deg)}
        .flow h3{margin:0 0 8px;color:var(--soft);font-size:12.5px;font-weight:500}
        .flow ul{margin:0;padding:0;list-style:none;display:grid;gap:8px}
        .flow ul li{padding:9px 13px;background:var(--sheet);border:1px solid var(--line);border-radius:8px;overflow-wrap:anywhere}
        .flow ul li.goal{border-color:var(--accent);background:var(--tint)}
        .state{white-space:nowrap}.state.changed{color:var(--warn)}
        footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line)}
        .scroll{overflow-x:auto}
        @media (max-width:760px){main{padding:28px 16px 48px}.flow{flex-direction:column;gap:26px}.flow>li+li::before,.flow>li+li::after{display:none}.columns{min-width:720px}h1{font-size:30px}}
        @media print{:root{color-scheme:light;--paper:#fff;--sheet:#fff;--ink:#000;--soft:#555;--line:#ccc;--wash:#f5f5f5;--accent:#3557c9;--tint:#eef2ff;--warn:#7a4600;--warnwash:#fff;
        --c0:#3557c9;--c1:#e08a1e;--c2:#1f9d84;--c3:#b8439b;--c4:#7a6ff0;--c5:#8c9a1e;--c6:#d1495b;--c7:#a9b0b8}
        body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}tr,.facts,.notices,pre,.flow{break-inside:avoid}h2,h3{break-after:avoid}h2{margin-top:28px}thead{display:table-header-group}}
        """;
}
