// Pictures of the gallery, as vega-lite specifications: runs side by side over time, and the chart of how much each system lets
// be consumed before it says so. Drawing them is somebody else's business.
import { type Role, type Theme, themeConfig, type ThemeName, THEMES } from '../../src/trace/index.ts';
import { MILLISECOND, SECOND } from '../../src/tcp/index.ts';
import { type GalleryRun } from './gallery.ts';
import { type Entry } from './model.ts';
import { WORKLOADS } from './workloads.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type GallerySpec = { readonly [name: string]: Json };

export interface GalleryPictureOptions {
  theme?: ThemeName;
  title?: string;
  width?: number;
}

/** Systems in one picture, at the most: as many as colours and dashes tell apart. */
export const MOST_IN_PICTURE = 14;

const ROLES: readonly Role[] = ['blue', 'vermillion', 'green', 'purple', 'orange', 'sky', 'grey'];
const WIDTH = 760;
const KIB = 1_024;
const MIB = 2 ** 20;

interface Panel {
  title: string;
  field: 'queued' | 'backlog' | 'latency' | 'lost';
}

/** What the buffers hold, what waits before them, how old what comes out is, and what was lost if anything was: over time. */
export function galleryPicture(runs: readonly GalleryRun[], options: GalleryPictureOptions = {}): GallerySpec {
  const theme = THEMES[options.theme ?? 'light'];
  const [first] = runs;
  const workload = WORKLOADS[first?.workload ?? 'slow-consumer'];
  const inMib = Math.max(...runs.map(({ peak }) => peak.queuedOctets)) >= 8 * MIB;
  const lost = runs.some(({ ledger }) => ledger.dropped + ledger.refused > 0);
  // An item that is being made is no backlog.
  const waits = runs.some(({ peak }) => Math.max(peak.backlogItems, peak.frontItems) > 2);
  const panels: Panel[] = [
    { title: `held at the receiver, ${inMib ? 'MiB' : 'KiB'}`, field: 'queued' },
    ...(waits ? [{ title: 'not yet sent, items', field: 'backlog' } as const] : []),
    { title: 'age of what is done, ms', field: 'latency' },
    ...(lost ? [{ title: 'dropped and refused, items', field: 'lost' } as const] : []),
  ];
  const values = rows(runs, inMib ? MIB : KIB);
  const named = `${workload.id}: ${runs.map(({ id }) => id).join(', ')}`;
  // The legend names them all; a title that is too long would stretch the picture.
  const title = options.title ?? (named.length <= 72 ? named : workload.id);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${title}. ${runs.map(sentence).join(' ')}`,
    title: { text: title, subtitle: first?.about ?? workload.about },
    data: { values },
    vconcat: panels.map((panel, index) =>
      plot(panel, runs, theme, {
        width: options.width ?? WIDTH,
        isLast: index === panels.length - 1,
        folded: foldedScale(values, panel.field),
      }),
    ),
    config: themeConfig(theme),
    spacing: 30,
  };
}

/** A scale that is linear near 0, and by factors beyond. */
export interface Folded {
  linearTo: number;
  ticks: readonly number[];
}

function foldedScale(values: readonly Row[], field: Panel['field']): Folded | undefined {
  const peaks = new Map<string, number>();
  for (const row of values) peaks.set(row.system, Math.max(peaks.get(row.system) ?? 0, row[field] ?? 0));
  return foldedFor([...peaks.values()]);
}

/** Where the largest of the systems' peaks would leave nothing of the others to see; undefined where they fit one scale. */
export function foldedFor(peaks: readonly number[]): Folded | undefined {
  const most = Math.max(...peaks);
  const small = peaks.filter((peak) => peak > 0.001 * most && peak < 0.04 * most);
  if (small.length === 0) return undefined;
  const linearTo = Math.min(...small) / 2;
  const ticks = [0];
  for (let power = 0.001; power <= most; power *= 10) {
    if (power >= linearTo / 2) ticks.push(Number(power.toPrecision(1)));
  }
  return { linearTo, ticks };
}

function sentence({ id, goodput, peak, ledger, ending }: GalleryRun): string {
  const lost = ledger.dropped + ledger.refused;
  const says = ending.says === '' ? '' : `; ${ending.says}`;
  return `${id}: ${Math.round(goodput.items)} items a second, ${peak.queuedItems} items held at most, ${lost} lost${says}.`;
}

interface Row {
  readonly [name: string]: Json;
  system: string;
  time: number;
  queued: number;
  backlog: number;
  latency: number | null;
  lost: number;
}

function rows(runs: readonly GalleryRun[], unit: number): Row[] {
  return runs.flatMap(({ id, series }) =>
    series.time.map((time, i) => ({
      system: id,
      time: time / SECOND,
      queued: series.queuedOctets[i]! / unit,
      backlog: series.backlogItems[i]!,
      latency: series.latency[i] === null ? null : series.latency[i]! / MILLISECOND,
      lost: series.dropped[i]! + series.refused[i]!,
    })),
  );
}

function plot(
  panel: Panel,
  runs: readonly GalleryRun[],
  theme: Theme,
  { width, isLast, folded }: { width: number; isLast: boolean; folded: Folded | undefined },
): Json {
  const ids = runs.map(({ id }) => id);
  const disturbed = runs[0]?.disturbed ?? null;
  const lines: Json = {
    mark: { type: 'line', strokeWidth: 2, clip: true },
    encoding: {
      x: {
        field: 'time',
        type: 'quantitative',
        axis: { title: isLast ? 'seconds' : null, labels: isLast, grid: false },
        scale: { nice: false },
      },
      y: {
        field: panel.field,
        type: 'quantitative',
        axis: {
          title: panel.title,
          ...(folded === undefined ? { tickCount: 5 } : { values: folded.ticks, format: ',~f' }),
        },
        scale: folded === undefined ? { zero: true } : { type: 'symlog', constant: folded.linearTo },
      },
      color: {
        field: 'system',
        type: 'nominal',
        sort: ids,
        scale: { domain: ids, range: ids.map((_, i) => theme[ROLES[i % ROLES.length]!]) },
      },
      strokeDash: {
        field: 'system',
        type: 'nominal',
        sort: ids,
        scale: { domain: ids, range: ids.map((_, i) => DASHES[i % DASHES.length]!) },
      },
    },
  };
  return { width, height: 120, layer: disturbed === null ? [lines] : [band(disturbed, theme), lines] };
}

const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [4, 4],
  [12, 4],
  [1, 3],
];

/** While the consumer stands still, or its signals are lost. */
function band(disturbed: { from: number; to: number }, theme: Theme): Json {
  const isForGood = disturbed.to === Infinity;
  return {
    data: { values: [{ from: disturbed.from / SECOND, ...(isForGood ? {} : { to: disturbed.to / SECOND }) }] },
    mark: isForGood ? { type: 'rule', color: theme.red } : { type: 'rect', color: theme.grey, opacity: 0.18 },
    encoding: {
      x: { field: 'from', type: 'quantitative' },
      ...(isForGood ? {} : { x2: { field: 'to' } }),
    },
  };
}

/** Each rule once, and none where the application decides. */
function isOfChart({ id, family, grants }: Entry): boolean {
  const isTwice = /^(?:reactor-|http2-coupled|akka-buffer|zeromq-pub|rsocket|reactive-streams)/.test(id);
  return family !== 'contrast' && grants !== 'none' && !isTwice;
}

/** Of the window, what has to be consumed before the producer hears of it: from "at once" to "when nothing is left". */
export function refillPicture(entries: readonly Entry[], options: GalleryPictureOptions = {}): GallerySpec {
  const theme = THEMES[options.theme ?? 'light'];
  const shown = entries.filter((entry) => entry.refill !== null && isOfChart(entry));
  const values = shown
    .map(({ id, name, refill, grants }) => ({ id, name, percent: refill! * 100, grants }))
    .toSorted((a, b) => b.percent - a.percent || (a.id < b.id ? -1 : 1));
  const title = options.title ?? 'How much of the window is consumed before the producer hears of it';
  const kinds = ['relative', 'absolute', 'gate'];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${title}: ${values.map(({ id, percent }) => `${id} ${Math.round(percent * 10) / 10} %`).join(', ')}.`,
    title: {
      text: title,
      subtitle: 'm / W: near 0 a signal for every unit, at 100 % a pause while the last of it drains',
    },
    data: { values },
    width: options.width ?? WIDTH,
    height: { step: 17 },
    mark: { type: 'bar', height: 11 },
    encoding: {
      y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, labelLimit: 300, grid: false } },
      x: {
        field: 'percent',
        type: 'quantitative',
        axis: { title: 'm / W, per cent', tickCount: 5 },
        scale: { domain: [0, 100] },
      },
      color: {
        field: 'grants',
        type: 'nominal',
        sort: kinds,
        scale: { domain: kinds, range: [theme.blue, theme.vermillion, theme.grey] },
      },
    },
    config: themeConfig(theme),
  };
}
