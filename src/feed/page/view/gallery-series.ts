// What can be drawn of the gallery's runs, and the scale on which several systems stand side by side.
import { type Folded, foldedFor, type GalleryRun } from '../../../../sim/index.ts';
import { formatSize } from '../../../app/index.ts';
import { axisSize, count, short, size } from './format.ts';

export interface GallerySeries {
  label: string;
  /** Its colour and its line, in the style sheet. */
  role: 'held' | 'flight' | 'source' | 'refused' | 'dropped';
  of: (run: GalleryRun) => readonly (number | null)[];
  isFilled?: boolean;
}

export interface GalleryPlotKind {
  id: string;
  title: string;
  series: readonly GallerySeries[];
  /** One value, in words and on the axis. */
  format: (value: number) => string;
  axis: (value: number) => string;
  /** Round numbers are those of octets: 64 KiB, 1 MiB. */
  isOctets?: boolean;
}

export const GALLERY_PLOTS: readonly GalleryPlotKind[] = [
  {
    id: 'items',
    title: 'where the items are',
    series: [
      { label: 'held', role: 'held', of: ({ series }) => series.queuedItems, isFilled: true },
      { label: 'in flight', role: 'flight', of: ({ series }) => series.inFlightItems },
      { label: 'at the source', role: 'source', of: ({ series }) => series.backlogItems },
    ],
    format: count,
    axis: axisSize,
  },
  {
    id: 'octets',
    title: 'octets held at the receiver',
    series: [{ label: 'octets held', role: 'held', of: ({ series }) => series.queuedOctets, isFilled: true }],
    format: size,
    axis: (octets) => (octets === 0 ? '0' : formatSize(octets)),
    isOctets: true,
  },
  {
    id: 'age',
    title: 'age of what is done',
    series: [{ label: 'from birth until done', role: 'source', of: ({ series }) => series.latency }],
    format: short,
    axis: (ns) => short(ns).replace(/\.0+(?= )/, ''),
  },
  {
    id: 'lost',
    title: 'dropped and refused so far',
    series: [
      { label: 'dropped', role: 'dropped', of: ({ series }) => series.dropped, isFilled: true },
      { label: 'refused', role: 'refused', of: ({ series }) => series.refused },
    ],
    format: count,
    axis: axisSize,
  },
];

/** From a value to its share of the height. */
export interface Scale {
  /** Linear to here, and by factors beyond; undefined if it is linear throughout. */
  linearTo: number | undefined;
  at: (value: number) => number;
  ticks: readonly number[];
}

export type ScaleChoice = 'as fits' | 'linear' | 'by factors';
export const SCALES: readonly ScaleChoice[] = ['as fits', 'linear', 'by factors'];

/** One scale for all of them. What fits is linear, unless the largest would leave nothing of the others to see. */
export function commonScale(kind: GalleryPlotKind, runs: readonly GalleryRun[], choice: ScaleChoice): Scale {
  const peaks = kind.series.flatMap(({ of }) => runs.map((run) => peakOf(of(run))));
  const most = Math.max(0, ...peaks);
  if (choice === 'linear' || most === 0) return linear(most, kind);
  // What is in flight is small wherever a link is short, and an item that is being made is no backlog: no reason to bend the rest.
  const telling = kind.series
    .filter(({ role }) => role !== 'flight')
    .flatMap(({ of }) => runs.map((run) => peakOf(of(run))))
    .filter((peak) => peak > 2);
  const folded = foldedFor(telling) ?? (choice === 'by factors' ? foldedAnyhow(telling, most) : undefined);
  if (folded === undefined) return linear(most, kind);
  const { linearTo } = folded;
  const ticks = kind.isOctets === true ? octetTicks(linearTo, most) : folded.ticks;
  const whole = Math.log1p((most * 1.15) / linearTo);
  return { linearTo, at: (value) => Math.log1p(value / linearTo) / whole, ticks: spread(ticks) };
}

/** So that the smallest is to be seen, unless a million of it would be too little. */
function foldedAnyhow(peaks: readonly number[], most: number): Folded {
  const linearTo = Math.max(Math.min(most, ...peaks) / 2, most / 1e6);
  const ticks = [0];
  for (let power = 0.001; power <= most; power *= 10)
    if (power >= linearTo / 2) ticks.push(Number(power.toPrecision(1)));
  return { linearTo, ticks };
}

/** No more of them than fit. */
function spread(ticks: readonly number[]): readonly number[] {
  const stride = Math.ceil((ticks.length - 1) / 5);
  return ticks.filter((_, index) => index === 0 || (ticks.length - 1 - index) % stride === 0);
}

function peakOf(values: readonly (number | null)[]): number {
  let peak = 0;
  for (const value of values) if (value !== null && value > peak) peak = value;
  return peak;
}

/** 1 KiB, 16 KiB, 256 KiB, 4 MiB … */
function octetTicks(linearTo: number, most: number): number[] {
  const ticks = [0];
  for (let octets = 1; octets <= most; octets *= 16) if (octets >= linearTo / 2) ticks.push(octets);
  return ticks;
}

function linear(most: number, { isOctets }: GalleryPlotKind): Scale {
  const top = most === 0 ? 1 : most * 1.06;
  const unit = isOctets === true ? 1_024 ** Math.floor(Math.log2(Math.max(1, top)) / 10) : 1;
  const ticks = niceTicks(0, top / unit, 4).map((tick) => tick * unit);
  return { linearTo: undefined, at: (value) => value / top, ticks };
}

/** Round numbers from `from` to `until`, about so many. */
export function niceTicks(from: number, until: number, about: number): number[] {
  const rough = (until - from) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let n = Math.ceil(from / step); n * step <= until; n++) ticks.push(Number((n * step).toPrecision(12)));
  return ticks;
}
