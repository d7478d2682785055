// `sash trace plot`: a picture of one connection of a capture, to a file or to standard output.
import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parseDuration, QuantityError } from '../app/index.ts';
import {
  DRAWN_DIRECTIONS,
  FIGURE_KINDS,
  type Figure,
  type FigureKind,
  figureOf,
  grouped,
  type FigureOptions,
  ladderFigure,
  ladderMermaid,
  ladderText,
  mainFlow,
} from '../trace/index.ts';
import { chosenOut, chosenStream } from './capture-choice.ts';
import { checkReport } from './capture-file.ts';
import { EXIT, type ExitCode, fileSentence, usage } from './faults.ts';
import { figureSvg, svgPng } from './figure-image.ts';
import { type Given } from './flag.ts';
import { figurePage } from './figure-page.ts';
import { didYouMean } from './nearest.ts';
import { type Drawn, readSeries, type Wanted } from './plot-source.ts';
import { print } from './print.ts';

const FORMATS = ['svg', 'png', 'html', 'vega-lite', 'text', 'mermaid'] as const;
type Format = (typeof FORMATS)[number];

const ENDINGS: Readonly<Record<string, Format>> = {
  '.svg': 'svg',
  '.png': 'png',
  '.html': 'html',
  '.htm': 'html',
  '.json': 'vega-lite',
  '.txt': 'text',
  '.mmd': 'mermaid',
};

type Kind = FigureKind | 'ladder';
const KINDS: readonly Kind[] = [...FIGURE_KINDS, 'ladder'];

/** Rungs of a ladder at the most: what fits on a page or two. */
const RUNGS = 60;

/** @throws Fault */
export async function tracePlot(argv: Given): Promise<ExitCode> {
  const kinds = readKinds(text(argv['kind']) ?? 'sequence');
  const files = [argv['files'] ?? []].flat().map(String);
  const out = chosenOut(argv['out'], files) ?? '-';
  const format = readFormat(text(argv['format']), out, kinds);
  const options = readOptions(argv);
  if (options.direction !== undefined && kinds.every((kind) => kind === 'ladder')) {
    throw usage('--direction: a ladder has both directions; leave it out');
  }
  const wanted = readWanted(argv);
  const drawn = await readSeries(files, kinds.includes('ladder') ? { ...wanted, rungs: RUNGS } : wanted);
  const { reports, connections, stream } = drawn;
  const picture = await render(kinds, format, drawn, options);
  if (out === '-') await print(picture);
  else write(out, picture);
  if (connections > 1 && wanted.stream === undefined) {
    process.stderr.write(
      `sash: ${connections} connections: this is number ${stream}, ${files[0] === '-' ? 'the first' : 'with the most octets'}; --stream chooses\n`,
    );
  }
  tellOther(drawn, kinds, options);
  if (drawn.remark !== undefined) process.stderr.write(`sash: ${drawn.remark}\n`);
  for (const { file, report } of reports) checkReport(report, file);
  return EXIT.done;
}

/** A picture of one direction says that there is another. */
function tellOther({ series }: Drawn, kinds: readonly Kind[], { direction }: FigureOptions): void {
  const other = series.flows[mainFlow(series).from === 0 ? 1 : 0];
  if (direction !== undefined || other.sentOctets === 0 || kinds.every((kind) => kind === 'ladder')) return;
  process.stderr.write(
    `sash: the other end sent ${grouped(other.sentOctets)} octets too, which the picture does not show: --direction both does
`,
  );
}

async function render(
  kinds: readonly Kind[],
  format: Format,
  { series, ladder }: Drawn,
  options: FigureOptions,
): Promise<string | Uint8Array> {
  if (format === 'text' && ladder !== undefined) return ladderText(ladder, options.title);
  if (format === 'mermaid' && ladder !== undefined) return ladderMermaid(ladder);
  const figures: Figure[] = kinds.flatMap((kind) => {
    if (kind !== 'ladder') return [figureOf(kind, series, options)];
    return ladder === undefined ? [] : [ladderFigure(ladder, options)];
  });
  const [figure] = figures as [Figure];
  switch (format) {
    case 'html':
      return figurePage(figures, options);
    case 'vega-lite':
      return `${JSON.stringify(figure.spec, null, 1)}\n`;
    case 'png':
      return svgPng(await figureSvg(figure.spec));
    default:
      return `${await figureSvg(figure.spec)}\n`;
  }
}

function readKinds(given: string): Kind[] {
  return given.split(',').map((one) => {
    const kind = KINDS.find((name) => name === one.trim());
    if (kind === undefined)
      throw usage(`--kind: "${one}" is not a kind: choose ${KINDS.join(', ')}.${didYouMean(one, KINDS)}`);
    return kind;
  });
}

function readFormat(given: string | undefined, out: string, kinds: readonly Kind[]): Format {
  const format =
    given === undefined ? (ENDINGS[extname(out).toLowerCase()] ?? 'svg') : FORMATS.find((name) => name === given);
  if (format === undefined)
    throw usage(
      `--format: "${given}" is not a format: choose ${FORMATS.join(', ')}.${didYouMean(given ?? '', FORMATS)}`,
    );
  if (given === undefined && out !== '-' && ENDINGS[extname(out).toLowerCase()] === undefined) {
    throw usage(
      `--out: "${out}" does not say by its ending what it is to be: end it in .svg, .png or .html, or add --format`,
    );
  }
  if (kinds.length > 1 && format !== 'html')
    throw usage(`${kinds.length} kinds go into a page only: use --format html, or ask for one`);
  if ((format === 'text' || format === 'mermaid') && kinds[0] !== 'ladder') {
    throw usage(`--format ${format} is of a ladder only: add --kind ladder, or choose svg, png or html`);
  }
  return format;
}

export function readOptions(argv: Given): FigureOptions {
  const width = pixels(argv, 'width', 200);
  const height = pixels(argv, 'height', 40);
  const title = text(argv['title']);
  const direction = readDirection(argv);
  return {
    ...(argv['dark'] === true ? { theme: 'dark' as const } : {}),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(title === undefined ? {} : { title }),
    ...(direction === undefined ? {} : { direction }),
  };
}

function readDirection(argv: Given): FigureOptions['direction'] {
  const given = text(argv['direction']);
  if (given === undefined) return undefined;
  const direction = DRAWN_DIRECTIONS.find((name) => name === given);
  if (direction !== undefined) return direction;
  throw usage(
    `--direction: "${given}" is none: choose ${DRAWN_DIRECTIONS.join(', ')}.${didYouMean(given, DRAWN_DIRECTIONS)}`,
  );
}

function pixels(argv: Given, name: string, least: number): number | undefined {
  const given = text(argv[name]);
  if (given === undefined) return undefined;
  const count = Number(given);
  if (/^\d+$/.test(given) && count >= least && count <= 4_000) return count;
  throw usage(`--${name}: "${given}" is not a number of pixels from ${least} to 4000`);
}

export function readWanted(argv: Given): Wanted {
  const fromNs = time(argv, 'from');
  const toNs = time(argv, 'to');
  if (toNs !== undefined && (fromNs ?? 0) >= toNs)
    throw usage('--from and --to: the picture would end before it begins');
  const stream = chosenStream(argv['stream']);
  return {
    ...(stream === undefined ? {} : { stream }),
    ...(fromNs === undefined ? {} : { fromNs }),
    ...(toNs === undefined ? {} : { toNs }),
  };
}

function time(argv: Given, name: string): number | undefined {
  const given = text(argv[name]);
  if (given === undefined) return undefined;
  try {
    return parseDuration(given);
  } catch (error) {
    if (error instanceof QuantityError) throw usage(`--${name}: ${error.message}`, error);
    throw error;
  }
}

export function text(value: unknown): string | undefined {
  if (Array.isArray(value)) return text(value.at(-1));
  return typeof value === 'string' ? value : undefined;
}

/** @throws Fault */
export function write(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw usage(fileSentence(error, file, 'write'), error);
  }
}
