// One plot over time: uPlot draws axes and lines; what else is to be drawn (segments, marks, bands) comes as a hook. All plots
// of a page have the same x and the same cursor; dragging chooses a stretch of time, a click a moment, a double click all.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { type Flow } from '../data/index.ts';
import { axisSize, count, short } from '../view/format.ts';
import { type Columns, type Getter } from '../view/decimate.ts';
import { theme, type Theme, themeVersion } from '../view/theme.ts';
import { useView } from '../view/use.ts';
import { drawUnseen } from '../view/unseen.ts';
import { type View } from '../view/view.ts';
import { PointsTable } from './points-table.tsx';

export interface Series {
  label: string;
  colour: keyof Omit<Theme, 'reasons' | 'font'>;
  dash?: number[];
  width?: number;
  isStepped?: boolean;
  /** Filled down to zero. */
  isFilled?: boolean;
}

export interface PlotKind {
  id: string;
  title: string;
  /** What a screen reader says it shows. */
  about: string;
  height: number;
  unit: 'octets' | 'rate' | 'time';
  series: readonly Series[];
  /** What the series are of, where they are the sender's variables: then values at the cursor are exact. */
  getters?: readonly Getter[];
  /** x in seconds and a column for each series, for a stretch of time on so many pixels. */
  data(flow: Flow, view: View, pixels: number): Columns;
  /** Least and most of y, where it does not follow from the series. */
  range?(flow: Flow, view: View): [number, number] | undefined;
  draw?(plot: uPlot, flow: Flow, view: View): void;
  /** What one value looks like in the heading and the table. */
  format(value: number): string;
}

/** What stands left and right of the time axis, in every plot. */
export const AXIS_WIDTH = 58;
export const RIGHT = 14;

interface PlotProps {
  kind: PlotKind;
  flow: Flow;
  /** Another flow that is drawn to the same scale. */
  beside?: Flow;
  hasTime: boolean;
}

export function Plot({ kind, flow, beside, hasTime }: PlotProps) {
  const view = useView();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Drawn | undefined>(undefined);
  const [isTable, setTable] = useState(false);

  useEffect(() => {
    const drawn = new Drawn(host.current!, kind, view, hasTime);
    plot.current = drawn;
    drawn.update(flow, beside);
    return () => drawn.destroy();
  }, [kind, view, hasTime, flow, beside]);
  useEffect(() => plot.current?.update(flow, beside));

  const values = valuesAt(kind, flow, plot.current?.data, view);
  return (
    <div class="plot" role="group" aria-label={kind.title}>
      <header>
        <h3>{kind.title}</h3>
        <ul class="keys">
          {kind.series.map((series, index) => (
            <li key={series.label}>
              <i class={`key key-${series.colour}${series.dash ? ' dashed' : ''}`} />
              {series.label} <b>{values[index]}</b>
            </li>
          ))}
        </ul>
        <button type="button" class="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          table<span class="unseen"> of {kind.title}</span>
        </button>
      </header>
      <div ref={host} class="canvas" role="img" aria-label={kind.about} />
      {isTable && <DataTable kind={kind} flow={flow} view={view} />}
    </div>
  );
}

function valuesAt(kind: PlotKind, flow: Flow, columns: Columns | undefined, view: View): string[] {
  const { getters } = kind;
  const { rows } = flow.ends[0].fold;
  const row = rows.at(view.cursorNs);
  if (getters !== undefined) {
    const values = getters.map((get) => (row < 0 ? NaN : get(rows.column, row)));
    return values.map((value) => (Number.isFinite(value) ? kind.format(value) : '—'));
  }
  const place = columns?.[0].findLastIndex((seconds) => seconds <= view.cursorNs / 1e9 + 1e-9) ?? -1;
  return kind.series.map((_, index) => {
    const value = place < 0 ? undefined : columns?.[index + 1]?.[place];
    return value === null || value === undefined ? '—' : kind.format(value);
  });
}

const TABLE_ROWS = 24;

function DataTable({ kind, flow, view }: { kind: PlotKind; flow: Flow; view: View }) {
  const columns = kind.data(flow, view, TABLE_ROWS);
  const [x] = columns;
  const stride = Math.max(1, Math.ceil(x.length / TABLE_ROWS));
  const places = x.map((_, place) => place).filter((place) => place % stride === 0);
  return (
    <PointsTable
      label={kind.title}
      caption={`${kind.title}: ${places.length} of ${x.length} points of what is shown`}
      time="time"
      kind={kind}
      rows={places.map((place) => ({
        time: `${x[place]!.toFixed(3)} s`,
        values: kind.series.map((_, index) => columns[index + 1]![place]),
      }))}
    />
  );
}

/** The uPlot of one kind, and the little that decides whether it must draw again. */
class Drawn {
  readonly #host: HTMLElement;
  readonly #kind: PlotKind;
  readonly #view: View;
  readonly #plot: uPlot;
  readonly #cursor: HTMLElement;
  readonly #observer: ResizeObserver;
  #flow: Flow | undefined;
  #beside: Flow | undefined;
  #drawn = '';
  /** What is drawn. */
  data: Columns | undefined;

  constructor(host: HTMLElement, kind: PlotKind, view: View, hasTime: boolean) {
    this.#host = host;
    this.#kind = kind;
    this.#view = view;
    this.#plot = new uPlot(this.#options(hasTime), [[], ...kind.series.map(() => [])] as uPlot.AlignedData, host);
    this.#cursor = document.createElement('div');
    this.#cursor.className = 'moment';
    this.#plot.over.append(this.#cursor);
    this.#plot.over.addEventListener('dblclick', () => view.fit());
    this.#observer = new ResizeObserver(() => {
      this.#plot.setSize({ width: Math.max(120, host.clientWidth), height: this.#height(hasTime) });
      this.#drawn = '';
      if (this.#flow !== undefined) this.update(this.#flow, this.#beside);
    });
    this.#observer.observe(host);
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
  }

  update(flow: Flow, beside: Flow | undefined): void {
    this.#flow = flow;
    this.#beside = beside;
    const view = this.#view;
    const { fromNs, untilNs } = view;
    const { length } = flow.ends[0].fold.rows;
    const key = `${fromNs},${untilNs},${length},${flow.ends[1].fold.rows.length},${this.#plot.width},${themeVersion()},${view.selected?.packet ?? ''}`;
    if (key !== this.#drawn) {
      this.#drawn = key;
      const data = this.#kind.data(flow, view, Math.max(50, this.#plot.width - AXIS_WIDTH));
      this.data = data;
      this.#plot.batch(() => {
        this.#plot.setData(data, false);
        this.#plot.setScale('x', { min: fromNs / 1e9, max: untilNs / 1e9 });
        const [min, max] = this.#range(flow, data);
        this.#plot.setScale('y', { min, max });
      });
    }
    const share = (view.cursorNs - fromNs) / (untilNs - fromNs);
    const isOff = share < 0 || share > 1;
    if (this.#cursor.hidden !== isOff) this.#cursor.hidden = isOff;
    this.#cursor.style.transform = `translateX(${(share * this.#plot.bbox.width) / devicePixelRatio}px)`;
  }

  #range(flow: Flow, data: Columns): [number, number] {
    const own = this.#kind.range?.(flow, this.#view) ?? extent(data);
    const other = this.#beside;
    if (other === undefined) return own;
    const pixels = Math.max(50, this.#plot.width - AXIS_WIDTH);
    const that = this.#kind.range?.(other, this.#view) ?? extent(this.#kind.data(other, this.#view, pixels));
    return [Math.min(own[0], that[0]), Math.max(own[1], that[1])];
  }

  #height(hasTime: boolean): number {
    return this.#kind.height + (hasTime ? 24 : 6);
  }

  #options(hasTime: boolean): uPlot.Options {
    const kind = this.#kind;
    const axis = { stroke: () => theme().muted, grid: { stroke: () => theme().grid, width: 1 }, font: theme().font };
    return {
      width: Math.max(120, this.#host.clientWidth),
      height: this.#height(hasTime),
      legend: { show: false },
      padding: [6, RIGHT, 0, 0],
      cursor: {
        sync: { key: 'sash' },
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        y: false,
        bind: { dblclick: () => null },
      },
      hooks: {
        setSelect: [(plot) => this.#choose(plot)],
        draw: [(plot) => this.#drawUnseen(plot)],
        drawAxes: kind.draw === undefined ? [] : [(plot) => this.#flow && kind.draw!(plot, this.#flow, this.#view)],
      },
      scales: { x: { time: false }, y: { auto: false, range: (_, min, max) => [min, max] } },
      axes: [
        { ...axis, size: hasTime ? 24 : 4, values: hasTime ? writeTimes : () => [], ticks: { show: false }, gap: 4 },
        {
          ...axis,
          size: AXIS_WIDTH,
          values: (_, ticks) => writeTicks(ticks, kind.unit),
          ticks: { show: false },
          gap: 6,
          space: 28,
        },
      ],
      series: [{}, ...kind.series.map(lineOf)],
    };
  }

  #drawUnseen(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { left, top, width, height } = bbox;
    for (const { fromNs, untilNs } of this.#flow?.ends[0].fold.unseen.all ?? []) {
      const from = Math.max(left, plot.valToPos(fromNs / 1e9, 'x', true));
      const until = Math.min(left + width, plot.valToPos(untilNs / 1e9, 'x', true) + devicePixelRatio);
      drawUnseen(ctx, { left: from, top, width: until - from, height }, devicePixelRatio);
    }
  }

  /** A drag chooses a stretch; what is hardly one is a click. */
  #choose(plot: uPlot): void {
    const { left, width } = plot.select;
    const from = plot.posToVal(left, 'x') * 1e9;
    if (width >= 4) this.#view.zoom(from, plot.posToVal(left + width, 'x') * 1e9);
    else {
      this.#view.isPlaying = false;
      this.#view.moveTo(from);
    }
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}

/** Rounded, unless that would make two of them look alike. */
function writeTicks(ticks: readonly number[], unit: PlotKind['unit']): string[] {
  if (unit === 'time') return ticks.map((ns) => short(ns));
  const rounded = ticks.map(axisSize);
  return new Set(rounded).size === rounded.length ? rounded : ticks.map((octets) => count(octets));
}

function writeTimes(_: uPlot, ticks: number[]): string[] {
  return ticks.map((seconds) => short(seconds * 1e9));
}

function lineOf(series: Series): uPlot.Series {
  const { isStepped = true } = series;
  return {
    label: series.label,
    stroke: () => theme()[series.colour],
    width: series.width ?? 1.5,
    ...(series.dash === undefined ? {} : { dash: series.dash }),
    ...(series.isFilled === true ? { fill: () => `${theme()[series.colour]}22` } : {}),
    points: { show: false },
    paths: isStepped ? uPlot.paths.stepped!({ align: 1 }) : uPlot.paths.linear!(),
    spanGaps: false,
  };
}

function extent([, ...series]: Columns): [number, number] {
  let most = 0;
  for (const values of series) for (const value of values) if (value !== null && value > most) most = value;
  return [0, most === 0 ? 1 : most * 1.08];
}
