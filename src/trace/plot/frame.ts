// What every picture has in common: its frame, its units, its time axis, and columns turned into the rows that vega-lite takes.
import { type Json } from '../vocabulary.ts';
import { duration, endpointText, printable } from '../words.ts';
import { type Rows } from './rows.ts';
import { mainFlow, type PlotSeries, type DrawnFrom } from './series.ts';
import { type Theme, themeConfig, type ThemeName, THEMES } from './theme.ts';

export type Spec = { readonly [name: string]: Json };

/** A table that says in rows what a picture shows: for those who cannot see it. */
export interface FigureTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A picture: a vega-lite specification as plain data, and what it says in words. */
export interface Figure {
  readonly spec: Spec;
  readonly title: string;
  readonly subtitle: readonly string[];
  readonly table: FigureTable;
}

export type DrawnDirection = 'main' | 'other' | 'both';
export const DRAWN_DIRECTIONS: readonly DrawnDirection[] = ['main', 'other', 'both'];

export interface FigureOptions {
  theme?: ThemeName;
  /** The plotting area, in pixels. */
  width?: number;
  height?: number;
  /** Whose octets: those of the end that sent more (`main`, the default), of the other, or of both, a panel each. */
  direction?: DrawnDirection;
  /** In the place of the two ends. */
  title?: string;
}

export const WIDTH = 820;
export const HEIGHT = 400;

/** A unit of an axis: its name, and how much of the plain quantity it is. */
export interface Unit {
  name: string;
  size: number;
}

export function timeUnit(spanNs: number): Unit {
  if (spanNs >= 2e9) return { name: 's', size: 1e9 };
  if (spanNs >= 2e6) return { name: 'ms', size: 1e6 };
  return { name: 'µs', size: 1e3 };
}

export function octetUnit(most: number): Unit {
  if (most >= 4 * 2 ** 30) return { name: 'GiB', size: 2 ** 30 };
  if (most >= 8 * 2 ** 20) return { name: 'MiB', size: 2 ** 20 };
  if (most >= 16 * 2 ** 10) return { name: 'KiB', size: 2 ** 10 };
  return { name: 'octets', size: 1 };
}

export function rateUnit(most: number): Unit {
  if (most >= 4e9) return { name: 'GB/s', size: 1e9 };
  if (most >= 4e6) return { name: 'MB/s', size: 1e6 };
  if (most >= 4e3) return { name: 'kB/s', size: 1e3 };
  return { name: 'B/s', size: 1 };
}

/** Everything a kind of picture needs to be drawn in its frame. */
export class Frame {
  readonly series: PlotSeries;
  readonly theme: Theme;
  readonly width: number;
  readonly height: number;
  readonly time: Unit;
  readonly #options: FigureOptions;

  constructor(series: PlotSeries, options: FigureOptions = {}) {
    this.series = series;
    this.theme = THEMES[options.theme ?? 'light'];
    this.width = options.width ?? WIDTH;
    this.height = options.height ?? HEIGHT;
    this.time = timeUnit(series.toNs - series.fromNs);
    this.#options = options;
  }

  get title(): string {
    return printable(this.#options.title ?? flowName(this.series));
  }

  /** The time axis, the same in every picture of the same capture. */
  x(extra: Spec = {}): Spec {
    const { fromNs, toNs } = this.series;
    const to = Math.max(toNs, fromNs + 1);
    return {
      field: 't',
      type: 'quantitative',
      scale: { domain: [fromNs / this.time.size, to / this.time.size], nice: false, zero: false },
      axis: { title: `time (${this.time.name})`, grid: true, tickCount: Math.max(3, Math.round(this.width / 80)) },
      ...extra,
    };
  }

  /** Rows as data: `t` and the columns by name, each divided by its unit; past four in a slice, a point wide, they are thinned. */
  data(
    rows: Rows,
    columns: readonly (readonly [name: string, unit: number])[],
    extra: Spec = {},
    slices = this.width,
  ): Spec[] {
    const thin = rows.thinnedTo(slices);
    const data: Spec[] = [];
    for (let row = 0; row < thin.length; row++) {
      const one: Record<string, Json> = { t: rounded(thin.at(row, 0) / this.time.size), ...extra };
      columns.forEach(([name, unit], index) => (one[name] = rounded(thin.at(row, index + 1) / unit)));
      data.push(one);
    }
    return data;
  }

  /** As `data`, for stairs: the last step is drawn to the end of the picture. */
  stairs(rows: Rows, unit: number, what: string): Spec[] {
    const data = this.data(rows, [['y', unit]], { what });
    const last = data.at(-1);
    if (last === undefined) return data;
    return [...data, { ...last, t: rounded(this.series.toNs / this.time.size) }];
  }

  /** The picture around these layers. */
  figure(
    name: string,
    subtitle: readonly string[],
    layer: readonly Spec[],
    table: FigureTable,
    more: Spec = {},
  ): Figure {
    const lines = [`${name}${vantageWords(this.series.vantage)}`, ...subtitle].map(printable);
    const text = `${this.title}. ${lines.join('. ')}.`;
    return {
      title: this.title,
      subtitle: lines,
      table,
      spec: {
        description: text,
        background: this.theme.ground,
        padding: { left: 14, right: 18, top: 14, bottom: 12 },
        width: this.width,
        height: this.height,
        autosize: { type: 'pad' },
        title: { text: this.title, subtitle: lines },
        config: themeConfig(this.theme),
        layer,
        ...more,
      },
    };
  }
}

/** The value axis: from 0, and its title above it. */
export function yAxis(title: string, extra: Spec = {}, scale: Spec = {}): Spec {
  return {
    field: 'y',
    type: 'quantitative',
    scale: { zero: true, nice: true, ...scale },
    axis: { title, tickCount: 7, ...extra },
  };
}

/** Lines told apart by colour and by dashes; the legend shows both. */
export interface Look {
  name: string;
  color: string;
  dash?: readonly [number, number];
}

export function looks(all: readonly Look[]): { color: Spec; strokeDash: Spec } {
  const domain = all.map(({ name }) => name);
  const legend = { title: null, symbolType: 'stroke' };
  return {
    color: { field: 'what', type: 'nominal', scale: { domain, range: all.map(({ color }) => color) }, legend },
    strokeDash: {
      field: 'what',
      type: 'nominal',
      scale: { domain, range: all.map(({ dash }) => [...(dash ?? [1, 0])]) },
      legend,
    },
  };
}

/** To nine digits: what is drawn is the same, and what stands in the file shorter. */
export function rounded(n: number): number {
  return Number(n.toPrecision(9));
}

/** Both ends, the one that sent more first. */
export function pairName(series: PlotSeries): string {
  const { from } = mainFlow(series);
  return `${endpointText(series.ends[from])} and ${endpointText(series.ends[from === 0 ? 1 : 0])}`;
}

export function flowName(series: PlotSeries): string {
  const { from } = mainFlow(series);
  return `${endpointText(series.ends[from])} → ${endpointText(series.ends[from === 0 ? 1 : 0])}`;
}

function vantageWords(vantage: DrawnFrom): string {
  const words: Record<DrawnFrom, string> = {
    sender: ', seen at the sender',
    receiver: ', seen at the receiver',
    both: ', seen at both ends',
    middle: ', seen on the way',
    unknown: '',
  };
  return words[vantage];
}

/** `3 times, 1.25 s in all`, or `once, 40 ms`. */
export function times(count: number, totalNs: number): string {
  if (count === 1) return `once, ${duration(totalNs)}`;
  return `${grouped(count)} times, ${duration(totalNs)} in all`;
}

/** `1,204`. */
export function grouped(n: number): string {
  return String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
