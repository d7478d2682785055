// Pictures as a self-contained page: the colours follow the reader's preference, a table stands behind each picture for those
// who cannot see it, and nothing is loaded from anywhere.
import { createHash } from 'node:crypto';
import { type Figure, type FigureOptions, type Role, type ThemeName, THEMES } from '../trace/index.ts';
import { escapeMarkup, figureSvg } from './figure-image.ts';

const ROLES = Object.keys(THEMES.light) as Role[];

/** Nothing comes from elsewhere, and nothing runs or styles but what stands here. */
export function policyTag(style: string, script?: string): string {
  const scripts = script === undefined ? `'none'` : hashed(script);
  return `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hashed(style)}; script-src ${scripts}; base-uri 'none'; form-action 'none'">`;
}

function hashed(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
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
th[scope="row"] { font-weight: 400; color: var(--muted); }
.scroll { overflow-x: auto; }
.verdict { font-size: 1.15rem; }
.packets { max-height: 36rem; overflow: auto; border: 1px solid var(--grid); }
.packets table { font: 12px/1.45 "DejaVu Sans Mono", Consolas, monospace; }
.packets th[scope="col"] { position: sticky; top: 0; background: var(--ground); }
.packets th, .packets td { white-space: nowrap; }
.packets th:first-child, .packets caption { padding-left: .5rem; }
.packets td:nth-child(2) { text-align: right; }
.flagged td:first-of-type { border-left: 3px solid var(--red); padding-left: .4rem; }
.filter { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: center; margin: .5rem 0; }
input[type="search"] { font: inherit; padding: .25rem .5rem; min-width: 16rem; color: inherit; background: var(--ground); border: 1px solid var(--axis); border-radius: 3px; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--grid); font: 12px/1.45 "DejaVu Sans Mono", Consolas, monospace; }
.muted { color: var(--muted); }
`;

function variables(theme: 'light' | 'dark'): string {
  return ROLES.map((role) => `--${role}: ${THEMES[theme][role]};`).join(' ');
}

/** @returns an HTML document of pictures alone */
export async function figurePage(figures: readonly Figure[], { theme }: FigureOptions): Promise<string> {
  const title = figures[0]?.title ?? 'sash';
  const parts = await Promise.all(figures.map((figure) => figureMarkup(figure, theme === undefined)));
  return pageMarkup({ title, theme, main: `<h1>${escapeMarkup(title)}</h1>\n${parts.join('\n')}` });
}

export interface Page {
  title: string;
  /** If not the reader's preference. */
  theme: ThemeName | undefined;
  /** Markup, in which everything that is not ours is escaped. */
  main: string;
  script?: string;
}

export function pageMarkup({ title, theme, main, script }: Page): string {
  return `<!doctype html>
<html lang="en"${theme === undefined ? '' : ` class="${theme}"`}>
<head>
<meta charset="utf-8">
${policyTag(PAGE_STYLE, script)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${main}
</main>${script === undefined ? '' : `\n<script>${script}</script>`}
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
  return `<details><summary>${escapeMarkup(table.caption)}, as a table</summary>
${cellsMarkup(table.caption, [[...table.columns], ...table.rows])}
</details>`;
}

/** Rows of cells as a table, the first row and the first column its heads. */
export function cellsMarkup(caption: string, [heads = [], ...rows]: readonly (readonly string[])[]): string {
  const head = heads.map((name) => (name === '' ? '<td></td>' : `<th scope="col">${escapeMarkup(name)}</th>`)).join('');
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join('');
    return `<tr><th scope="row">${escapeMarkup(first)}</th>${cells}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(caption)}"><table><caption>${escapeMarkup(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}
