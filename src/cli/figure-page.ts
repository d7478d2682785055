// Pictures as a self-contained page: the colours follow the reader's preference, a table stands behind each picture for those
// who cannot see it, and nothing is loaded from anywhere.
import { type Figure, type FigureOptions, type Role, THEMES } from '../trace/index.ts';
import { escapeMarkup, figureSvg } from './figure-image.ts';

const ROLES = Object.keys(THEMES.light) as Role[];

/** Nothing comes from elsewhere. `scripts` are those that may run, as the policy names them. */
export function policyTag(scripts: string): string {
  return `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src ${scripts}; img-src data:; base-uri 'none'; form-action 'none'">`;
}

/** What every page of ours looks like; its colours are those of the pictures. */
export const PAGE_STYLE = `
:root { ${variables('light')} color-scheme: light; }
@media (prefers-color-scheme: dark) { :root:not(.light) { ${variables('dark')} color-scheme: dark; } }
:root.dark { ${variables('dark')} color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 62rem; background: var(--ground); color: var(--text); font: 15px/1.5 "DejaVu Sans", Verdana, Arial, sans-serif; }
h1 { font-size: 1.35rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
figure { margin: 1.5rem 0; }
figure svg { display: block; max-width: 100%; height: auto; }
details { margin: .25rem 0 1rem; }
summary { cursor: pointer; color: var(--muted); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding: .25rem 0; }
th, td { text-align: left; padding: .15rem .9rem .15rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
th { font-weight: 600; }
.scroll { overflow-x: auto; }
`;

function variables(theme: 'light' | 'dark'): string {
  return ROLES.map((role) => `--${role}: ${THEMES[theme][role]};`).join(' ');
}

/** @returns an HTML document */
export async function figurePage(figures: readonly Figure[], { theme }: FigureOptions): Promise<string> {
  const title = figures[0]?.title ?? 'sash';
  const parts = await Promise.all(figures.map((figure) => figureMarkup(figure, theme === undefined)));
  return `<!doctype html>
<html lang="en"${theme === undefined ? '' : ` class="${theme}"`}>
<head>
<meta charset="utf-8">
${policyTag(`'none'`)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
${parts.join('\n')}
</main>
</body>
</html>
`;
}

/** A picture and the table behind it. With `follows` its colours are the page's. */
export async function figureMarkup(figure: Figure, follows: boolean): Promise<string> {
  const svg = await figureSvg(figure.spec);
  return `<figure>
${follows ? followingSvg(svg) : svg}
<figcaption>
${tableMarkup(figure)}
</figcaption>
</figure>`;
}

/** Each role has a colour of its own in the light theme: its variable takes the place of the colour, in attributes alone. */
function followingSvg(svg: string): string {
  let following = svg;
  for (const role of ROLES) following = following.replaceAll(`="${THEMES.light[role]}"`, `="var(--${role})"`);
  return following;
}

function tableMarkup({ table }: Figure): string {
  const head = table.columns.map((name) => `<th scope="col">${escapeMarkup(name)}</th>`).join('');
  const rows = table.rows.map((cells) => {
    const [first = '', ...rest] = cells;
    return `<tr><th scope="row">${escapeMarkup(first)}</th>${rest.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('')}</tr>`;
  });
  return `<details><summary>${escapeMarkup(table.caption)}, as a table</summary>
<div class="scroll"><table><caption>${escapeMarkup(table.caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div></details>`;
}
