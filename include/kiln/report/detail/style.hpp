// SPDX-License-Identifier: BSL-1.0
#pragma once
// The style sheet of a report: light or dark as the reader prefers, from a phone's width to a printed page. Nothing is
// told by colour alone: text or a dashed line tells it as well.

#include <kiln/core/target.hpp>

namespace kiln::inline KILN_TARGET::report::detail {

inline constexpr const char* style_sheet = R"css(
:root { color-scheme: light dark; --paper: #fff; --raised: #f5f7f9; --ink: #1b1f24; --muted: #586069; --line: #d5dae0;
  --first: #0b62c4; --second: #b8500a; --right: 11 98 196; --wrong: 214 92 20; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --raised: #1d2127; --ink: #e4e8ec; --muted: #9aa5b1; --line: #363d46;
    --first: #6cb2ff; --second: #ffa257; --right: 60 140 240; --wrong: 236 110 40; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.45;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 3rem; }
h1 { margin: 0 0 .75rem; font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
p { max-width: 46rem; margin: 0 0 .75rem; color: var(--muted); }
.figures { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; }
.figures div { padding: .45rem .9rem; border-radius: .4rem; background: var(--raised); }
dt { color: var(--muted); font-size: .8rem; }
dd { margin: 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
figure { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem 2rem; }
.charts figure { max-width: 36rem; }
.charts figcaption { display: flex; flex-wrap: wrap; gap: 0 1.25rem; align-items: baseline; font-size: .9rem; }
.charts strong { font-size: 1rem; }
.key::before { content: ""; display: inline-block; width: 1.5rem; margin-right: .4rem; vertical-align: middle;
  border-top: 3px solid var(--first); }
.key-2::before { border-top: 3px dashed var(--second); }
svg { display: block; width: 100%; height: auto; font-size: 13px; font-variant-numeric: tabular-nums; }
svg text { fill: var(--muted); }
svg.network { width: auto; max-width: none; text-anchor: middle; font-size: 12px; }
.network rect { fill: var(--raised); stroke: var(--line); }
.network .layer { fill: var(--ink); font-size: 12.5px; }
.network .edges path { fill: none; stroke: var(--muted); stroke-width: 1.25; }
.tick-y { text-anchor: end; }
.tick-x, .axis-x { text-anchor: middle; }
.grid { fill: none; stroke: var(--line); }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.curve-1 polyline { stroke: var(--first); }
.curve-1 circle { fill: var(--first); }
.curve-2 polyline { stroke: var(--second); stroke-dasharray: 7 5; }
.curve-2 circle { fill: var(--second); }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--first); }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; white-space: nowrap; }
th { font-weight: 600; }
thead th { border-bottom: 1px solid var(--line); color: var(--muted); vertical-align: bottom; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tfoot > tr > * { border-top: 2px solid var(--line); font-weight: 600; }
.text, tbody th, tfoot th { text-align: left; }
tbody code { font-weight: 400; }
code { font-family: ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; font-size: .95em; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--muted); }
details .scroll { margin-top: .75rem; max-height: 30rem; overflow-y: auto; }
.confusion th, .confusion td { padding: .3rem .55rem; }
.confusion td { min-width: 3.4rem; border: 1px solid var(--line); }
.confusion thead td { border: 0; }
.confusion thead th { white-space: normal; }
.confusion th[colspan] { border: 0; font-weight: 400; text-align: left; }
.right { background: rgb(var(--right) / calc(var(--share) * 1%)); }
.wrong { background: rgb(var(--wrong) / calc(var(--share) * 1%)); }
.zero { color: var(--muted); }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem; }
.mistakes figure { display: flex; gap: .9rem; padding: .8rem; border-radius: .4rem; background: var(--raised); }
.mistakes figure > div { flex: 1; min-width: 0; }
img { display: block; width: 6rem; height: 6rem; object-fit: contain; object-position: top; image-rendering: pixelated; }
figcaption { overflow-wrap: anywhere; }
.mistakes figcaption { margin-bottom: .4rem; font-size: .9rem; }
.bars { width: 100%; font-size: .8rem; }
.bars tr > *, .bars tr + tr > * { padding: .08rem 0; border: 0; }
.bars tr th { max-width: 7rem; padding-right: .5rem; overflow: hidden; text-overflow: ellipsis; font-weight: 400; }
.bars td:nth-child(2) { width: 100%; }
.bars tr td:last-child { padding-left: .5rem; }
.bar { display: block; height: .65rem; border-radius: .15rem; background: rgb(var(--wrong) / 75%); }
.bar.true { background: rgb(var(--right) / 85%); }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(14.5rem, 1fr)); gap: 1rem; }
.pairs.three { grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); }
.pairs figure { padding: .8rem; border-radius: .4rem; background: var(--raised); }
.pairs figure > div { display: flex; gap: .6rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .6rem; }
.pairs figcaption, .pictures figcaption { margin-top: .4rem; font-size: .85rem; color: var(--muted); font-variant-numeric: tabular-nums; }
@media print {
  :root { color-scheme: light; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; font-size: .85rem; }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible; }
  .charts { grid-template-columns: 1fr 1fr; }
}
)css";

// The style of a picture of a network that stands alone. Without variables of CSS, which many programs beside browsers do
// not know.
inline constexpr const char* picture_style = R"css(<style>
svg { color-scheme: light dark; background: #fff; text-anchor: middle;
  font: 12px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
text { fill: #586069; }
rect { fill: #f5f7f9; stroke: #b9c1c9; }
.layer { fill: #1b1f24; font-size: 12.5px; }
.edges path { fill: none; stroke: #586069; stroke-width: 1.25; }
@media screen and (prefers-color-scheme: dark) {
  svg { background: #14171b; }
  text { fill: #9aa5b1; }
  rect { fill: #1d2127; stroke: #4a535e; }
  .layer { fill: #e4e8ec; }
  .edges path { stroke: #9aa5b1; } }
</style>
)css";

}  // namespace kiln::inline KILN_TARGET::report::detail
