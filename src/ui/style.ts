/** The look of the pages: one sheet, dark and light, tables that become cards on a phone. */

export const style = `
:root {
  color-scheme: light dark;
  --paper: #f6f5f1; --card: #ffffff; --ink: #1c1b19; --soft: #6a665e; --line: #e3e0d8;
  --good: #1f7a4d; --good-bg: #e2f3e9; --wait: #8a5a00; --wait-bg: #fdf0d3; --bad: #b3261e; --bad-bg: #fce4e2;
  --accent: #2f4fd0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131418; --card: #1b1d23; --ink: #ecebe7; --soft: #9d9a93; --line: #2c2f37;
    --good: #6fd39f; --good-bg: #16302350; --wait: #f0bd5c; --wait-bg: #3a2c0e80; --bad: #ff8a80; --bad-bg: #43191680;
    --accent: #93a8ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1rem; padding-top: 1.5rem; padding-bottom: .5rem; }
h1 { font-size: 1.5rem; letter-spacing: -.02em; margin: 0; }
header p { margin: 0; color: var(--soft); }
.bar { margin-left: auto; display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1rem; }
a { color: var(--accent); }
main { padding-bottom: 3rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; margin-top: 1.1rem; padding: 1rem 1.2rem; }
h2 { font-size: 1rem; margin: 0 0 .6rem; }
h2 .count { color: var(--soft); font-weight: 400; }
.note, .none { color: var(--soft); margin: .3rem 0 0; font-size: .9rem; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .5rem .9rem .5rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; padding-top: 0; color: var(--soft); font-weight: 500; font-size: .8rem; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.small { display: block; color: var(--soft); font-size: .85rem; font-weight: 400; overflow-wrap: anywhere; }
.nowrap { white-space: nowrap; }
.pill { display: inline-block; border-radius: 999px; padding: .05rem .6rem; font-size: .82rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); background: var(--good-bg); }
.wait { color: var(--wait); background: var(--wait-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.chips { display: flex; flex-wrap: wrap; gap: .35rem; margin: 0; padding: 0; list-style: none; }
.chips li { border: 1px solid var(--line); border-radius: 8px; padding: .05rem .5rem; font-size: .88rem; }
.chips b { font-variant-numeric: tabular-nums; }
button, input, select { font: inherit; color: inherit; border-radius: 9px; border: 1px solid var(--line); padding: .5rem .9rem; background: var(--card); }
button { cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--card); font-weight: 600; width: 100%; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.door { max-width: 26rem; margin: 8vh auto 3rem; padding: 0 1.25rem; }
.door h2 { margin-top: 1rem; }
.field { margin: 0 0 1rem; }
.field label, legend { display: block; font-weight: 600; margin-bottom: .3rem; }
.field input { width: 100%; }
.field .note, .field .error { display: block; margin: .3rem 0 0; }
.field input[aria-invalid] { border-color: var(--bad); }
.stack { max-width: 26rem; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem; }
.row .field { margin: 0; }
fieldset { border: 1px solid var(--line); border-radius: 9px; margin: 0 0 1rem; padding: .5rem .9rem; }
.check { display: block; }
.secret { background: var(--good-bg); border-radius: 9px; padding: .5rem .9rem; overflow-wrap: anywhere; }
pre { background: var(--paper); border-radius: 9px; padding: .5rem .8rem; overflow-x: auto; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.error { color: var(--bad); background: var(--bad-bg); border-radius: 9px; padding: .5rem .8rem; margin: 0 0 1rem; }
@media (max-width: 44rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: block; border-top: 1px solid var(--line); padding: .6rem 0; }
  tbody tr:first-child { border-top: 0; padding-top: 0; }
  th, td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .12rem 0; text-align: right; white-space: normal; }
  tbody th { display: block; text-align: left; }
  td::before { content: attr(data-label); color: var(--soft); text-align: left; flex: none; }
  .wide { display: block; text-align: left; }
  .wide::before { display: block; }
}
`
