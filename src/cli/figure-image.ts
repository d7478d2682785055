// Pictures made of specifications: vega-lite compiles, vega draws without a browser, resvg turns SVG into PNG. The libraries
// are loaded when the first picture is asked for. The same specification gives the same octets.
import { type Json } from '../trace/index.ts';
import { textWidth } from './text-width.ts';

/** A vega-lite specification, as plain data. */
export type FigureSpec = { readonly [name: string]: Json };

/** The picture as an SVG document, without an XML declaration. What the specification says as `description` is its text alternative. */
export async function figureSvg(spec: FigureSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  measureText(vega);
  const logger = vega.logger(vega.Error);
  const compiled = compile(spec as unknown as Parameters<typeof compile>[0], { logger });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger });
  try {
    return described(numbered(await view.toSVG()), spec['description']);
  } finally {
    view.finalize();
  }
}

/** An SVG document as a PNG, twice as large in each direction: for screens of two pixels a point, and for print. */
export async function svgPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
  });
  return image.render().asPng();
}

/** What vega measures text with where there is no canvas: an object that is open to such a change, and untyped. */
interface Measuring {
  textMetrics: { width: (item: { fontSize?: number; fontWeight?: unknown; limit?: number }, text: unknown) => number };
}

function measureText(vega: object): void {
  (vega as Measuring).textMetrics.width = ({ fontSize, fontWeight, limit }, text) => {
    const width = textWidth(String(text), fontSize ?? 11, fontWeight === 'bold');
    return limit !== undefined && limit > 0 ? Math.min(width, limit) : width;
  };
}

/** To a screen reader it is one picture, with one text. */
function described(svg: string, description: Json | undefined): string {
  const text = typeof description === 'string' ? description : '';
  return svg
    .replaceAll(/ role="graphics-[a-z]+"(?: aria-roledescription="[^"]*")?/g, '')
    .replace(' class="marks"', () => ` role="img" aria-label="${escapeMarkup(text)}"`);
}

/** Text as it may stand in the content or an attribute of XML or HTML, whatever it holds. */
export function escapeMarkup(text: string): string {
  return (
    text
      .replaceAll(/\p{Surrogate}/gu, '?')
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, '?')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}

/** Vega numbers clip paths and gradients through the life of a process; each picture begins at 0 here. */
function numbered(svg: string): string {
  const names = new Map<string, string>();
  return svg.replaceAll(/\b(clip|gradient_?)(\d+)\b(?=["')])/g, (whole, kind: string) => {
    const known = names.get(whole) ?? `${kind}${names.size}`;
    names.set(whole, known);
    return known;
  });
}
