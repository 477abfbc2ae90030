"""The evaluation page's style sheet: one accent, one colour for chance, one for the ceiling; light and dark; prints."""

STYLE = """
:root{--ground:#f6f5f1;--card:#fff;--ink:#1d2528;--soft:#5b666b;--rule:#e2e0d8;--accent:#0b6e7f;--band:#9ccdd5;
--random:#8a8f92;--ceiling:#c7740b;--bad:#a3271d;--bad-ground:#fbeae8;--good:#2c6e3f;--good-ground:#e9f3ea;--heat:#ffb000;
--map:#11181b}
@media (prefers-color-scheme:dark){:root{--ground:#14181a;--card:#1c2225;--ink:#e7ebec;--soft:#9fabb0;--rule:#313a3e;
--accent:#5cc3d3;--band:#245f69;--random:#8a9498;--ceiling:#eba345;--bad:#ff8f85;--bad-ground:#3a1d1b;--good:#8bd3a0;
--good-ground:#1b3323;--map:#080b0c}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15.5px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1060px;margin:0 auto;padding:34px 22px 80px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:21px;margin:0;letter-spacing:-.005em}
h3{font-size:15.5px;margin:26px 0 8px}
p{margin:6px 0}.soft,.note{color:var(--soft)}.note{font-size:13.5px;max-width:80ch}
.purpose{color:var(--soft);margin-bottom:22px}
section,.box{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:22px 26px;margin:18px 0}
.question{color:var(--soft);margin:2px 0 6px}
nav{display:flex;flex-wrap:wrap;gap:6px 8px;margin:18px 0 4px}
nav a{color:var(--accent);text-decoration:none;font-size:13.5px;border:1px solid var(--rule);background:var(--card);
border-radius:99px;padding:2px 12px}
nav a:hover,nav a:focus{border-color:var(--accent)}
nav a.empty{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(228px,1fr));gap:12px;margin:16px 0 4px}
.tile{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:14px 18px 12px}
.tile b{display:block;font-size:29px;line-height:1.15;font-weight:650;color:var(--accent);letter-spacing:-.01em}
.tile span{display:block;font-size:13px;color:var(--soft);line-height:1.4}
.tile span.what{color:var(--ink);font-size:13.5px;margin-bottom:4px;min-height:2.8em}
.leaks{border-radius:12px;padding:14px 22px;margin:14px 0}
.leaks.good{background:var(--good-ground);color:var(--good)}
.leaks.bad{background:var(--bad-ground);color:var(--bad);border:2px solid var(--bad)}
.leaks.bad b{font-size:17px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 20px;margin:0}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--ground);border-radius:5px;
padding:1px 6px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:8px 0 4px;font-size:14.5px}
th{font-weight:500;color:var(--soft);text-align:left;font-size:13px;border-bottom:1px solid var(--rule);
padding:4px 14px 4px 0;white-space:nowrap}
td{padding:4px 14px 4px 0;border-bottom:1px solid var(--rule);vertical-align:middle}
tr:last-child td{border-bottom:0}
td.num,th.num{text-align:right;white-space:nowrap}
td.num b{font-weight:620}
.figures td:first-child{width:36%;min-width:180px}
details{margin:12px 0}summary{cursor:pointer;color:var(--accent);font-size:14.5px}
summary:hover{text-decoration:underline}
.why-not{color:var(--soft);font-style:italic}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:10px 34px}
svg{display:block;max-width:100%;height:auto;overflow:visible}
td svg{width:170px;height:18px}
.track,.grid{stroke:var(--rule);stroke-width:1}
.band{fill:var(--band)}.dot{fill:var(--accent)}
.tick{stroke-width:2.4}.tick.random{stroke:var(--random)}.tick.ceiling{stroke:var(--ceiling)}
.line{fill:none;stroke-width:2.2;stroke:var(--accent)}
.line.other{stroke:#7a5ea8;stroke-dasharray:7 3}
.line.random{stroke:var(--random);stroke-dasharray:3 4;stroke-width:1.6}
.line.ceiling{stroke:var(--ceiling);stroke-dasharray:9 4}
.blob{fill:var(--accent);opacity:.72}.blob.other{fill:none;stroke:#7a5ea8;stroke-width:1.8}
svg text{fill:var(--ink);font-size:13px}
svg .tick-text,svg .axis{fill:var(--soft);font-size:12px}
svg .value{font-size:12.5px}
.end{text-anchor:end}.middle{text-anchor:middle}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:13px;color:var(--soft);margin:2px 0 0}
.legend .key{display:inline-flex;gap:7px;align-items:center}
.maps{display:flex;flex-wrap:wrap;gap:16px}
.maps figure{margin:0;width:150px}.maps figcaption{font-size:12.5px;color:var(--soft);line-height:1.35;margin-top:4px}
.ground{fill:var(--map)}.heat{fill:var(--heat)}.box-mark{fill:none;stroke:#fff;stroke-width:2;stroke-dasharray:5 3}
footer{color:var(--soft);font-size:13px;margin-top:26px}
@media (max-width:700px){.pair{grid-template-columns:1fr}section,.box{padding:16px}}
@media print{body{background:#fff}section,.box,.tile{break-inside:avoid;border-color:#ccc}nav{display:none}}
"""
