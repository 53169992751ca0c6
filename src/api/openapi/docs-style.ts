/** The look of `/docs`. It is part of the page, whose policy names its hash: nothing else is loaded or applied. */
export const DOCS_STYLE = `
:root {
  color-scheme: light dark;
  --text: #1f2328; --soft: #59636e; --line: #d8dee4; --page: #ffffff; --panel: #f6f8fa; --link: #0a5fb4;
  --get: #1a7f4b; --post: #0a5fb4; --put: #8a5a00; --patch: #7a3fb0; --delete: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --soft: #9aa4af; --line: #30363d; --page: #0d1117; --panel: #161b22; --link: #6cb2ff;
    --get: #4cc38a; --post: #6cb2ff; --put: #e0a840; --patch: #c09bf0; --delete: #ff8f87;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
code { background: var(--panel); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere; }
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem 3rem; background: var(--panel);
  border-right: 1px solid var(--line); font-size: .875rem; line-height: 1.4;
}
nav strong { font-size: 1.05rem; }
nav h2 { font-size: .8rem; margin: 1.25rem 0 .35rem; border: 0; padding: 0; }
nav h2 a { color: var(--soft); text-transform: uppercase; letter-spacing: .05em; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: grid; grid-template-columns: 3.1rem 1fr; padding: .2rem .25rem; border-radius: 4px; color: inherit; }
nav li a:hover { background: var(--line); text-decoration: none; }
main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 64rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; }
h2 { margin: 4rem 0 .25rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.5rem; }
h3 { margin: 0; font-size: 1.15rem; overflow-wrap: anywhere; }
h3 code { background: none; padding: 0; font-size: 1rem; font-weight: 600; }
h4 { margin: 1.5rem 0 .5rem; font-size: .95rem; }
article { margin: 2rem 0 3.5rem; }
article > header { padding-bottom: .25rem; }
.method { font: 700 .75rem/1.4 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
h3 .method { font-size: .95rem; margin-right: .5rem; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
.patch { color: var(--patch); } .delete { color: var(--delete); }
.summary { margin: .25rem 0 0; font-size: 1.05rem; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 36rem; table-layout: fixed; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; }
th:nth-child(1) { width: 34%; } th:nth-child(2) { width: 26%; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { overflow-wrap: anywhere; }
td:nth-child(2) { color: var(--soft); }
.required { color: var(--delete); font-size: .75rem; } .optional, small { color: var(--soft); font-size: .75rem; font-weight: 400; }
.answer { margin: .4rem 0; padding: 0 .85rem; }
pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
code { background: var(--panel); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere; }
nav {
  position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem 3rem; background: var(--panel);
  border-right: 1px solid var(--line); font-size: .875rem; line-height: 1.4;
}
nav strong { font-size: 1.05rem; }
nav h2 { font-size: .8rem; margin: 1.25rem 0 .35rem; border: 0; padding: 0; }
nav h2 a { color: var(--soft); text-transform: uppercase; letter-spacing: .05em; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: grid; grid-template-columns: 3.1rem 1fr; padding: .2rem .25rem; border-radius: 4px; color: inherit; }
nav li a:hover { background: var(--line); text-decoration: none; }
main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 64rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; line-height: 1.2; }
h2 { margin: 4rem 0 .25rem; padding-bottom: .4rem; border-bottom: 1px solid var(--line); font-size: 1.5rem; }
h3 { margin: 0; font-size: 1.15rem; overflow-wrap: anywhere; }
h3 code { background: none; padding: 0; font-size: 1rem; font-weight: 600; }
h4 { margin: 1.5rem 0 .5rem; font-size: .95rem; }
article { margin: 2rem 0 3.5rem; }
article > header { padding-bottom: .25rem; }
.method { font: 700 .75rem/1.4 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
h3 .method { font-size: .95rem; margin-right: .5rem; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
.patch { color: var(--patch); } .delete { color: var(--delete); }
.summary { margin: .25rem 0 0; font-size: 1.05rem; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; }
td:nth-child(2) { min-width: 8rem; color: var(--soft); }
.need { color: var(--delete); font-size: .75rem; margin-left: .35rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; line-height: 1.45; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; }
details > summary { padding: .5rem .85rem; cursor: pointer; }
details > div { padding: 0 .85rem .6rem; }
.status { font-weight: 700; margin-right: .5rem; }
.good { color: var(--get); } .bad { color: var(--delete); }
@media (max-width: 56rem) {
  body { display: block; }
  nav { position: static; height: auto; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); }
}
@media (max-width: 40rem) {
  .scroll table, .scroll tbody, .scroll tr, .scroll td { display: block; width: auto; min-width: 0; }
  .scroll thead { display: none; }
  .scroll tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  .scroll td { border: 0; padding: .1rem 0; }
}
@media print { nav { display: none; } body { display: block; } details > div { display: block; } }
`;
