// Octets per second in slices of time: what left, retransmissions included; what was acknowledged; what the reader took. The
// theory beside it is W / RTT, the window over the least round-trip time: no sender can be faster for long.
// Slices are whole round trips where they can be. What leaves within one was allowed by acknowledgments of what left before it,
// so it is one window at the most; a slice of another length would catch a window more or less at its edges.
import { formatRate } from '../rate-words.ts';
import { duration } from '../words.ts';
import {
  type Figure,
  type FigureOptions,
  type FigureTable,
  Frame,
  looks,
  rateUnit,
  rounded,
  type Spec,
  yAxis,
} from './frame.ts';
import { type Rows } from './rows.ts';
import { type FlowSeries, mainFlow, type PlotSeries } from './series.ts';

/** A slice is as wide as this many pixels, at the least. */
const SLICE_PIXELS = 7;
/** With so many round trips in a slice, one window more or less does not show: then its length is one that can be said. */
const MANY_TRIPS = 20;

const SENT_NAME = 'throughput (all that left)';
const GOOD_NAME = 'goodput (acknowledged)';
const READ_NAME = "the reader's pace";
const LAW_NAME = 'W / RTT';

interface Course {
  name: string;
  /** Time in ns of each slice's middle, and octets per second. */
  points: { atNs: number; rate: number }[];
}

export function throughputFigure(series: PlotSeries, options: FigureOptions = {}): Figure {
  const frame = new Frame(series, options);
  const flow = mainFlow(series);
  const { theme } = frame;
  const slice = sliceOf(frame, flow);
  const measured = [
    course(flow.sent, SENT_NAME, series, slice.ns),
    course(flow.delivered, GOOD_NAME, series, slice.ns),
  ];
  if (hasReader(flow)) measured.push(course(flow.reads, READ_NAME, series, slice.ns));
  const rtt = leastRtt(flow);
  const theory = rtt === undefined ? undefined : law(flow.window, rtt, series, slice.ns);
  const most = Math.max(1, ...measured.flatMap(({ points }) => points.map(({ rate }) => rate)));
  const unit = rateUnit(most);
  const all = looks([
    { name: SENT_NAME, color: theme.blue },
    { name: GOOD_NAME, color: theme.green, dash: [7, 3] },
    ...(hasReader(flow) ? [{ name: READ_NAME, color: theme.orange, dash: [2, 2] as const }] : []),
    ...(theory === undefined ? [] : [{ name: LAW_NAME, color: theme.grey, dash: [10, 5] as const }]),
  ]);
  const top = 1.15 * Math.max(most, theory === undefined ? 0 : Math.min(1.6 * most, highest(theory)));
  const y = yAxis(unit.name, {}, { domainMin: 0, domainMax: rounded(top / unit.size), nice: false });
  const values = [...measured, ...(theory === undefined ? [] : [theory])].flatMap(({ name, points }) =>
    points.map(({ atNs, rate }) => ({ t: rounded(atNs / frame.time.size), y: rounded(rate / unit.size), what: name })),
  );
  const layer: Spec[] = [
    { data: { values }, mark: { type: 'line', strokeWidth: 2, clip: true }, encoding: { x: frame.x(), y, ...all } },
  ];
  return frame.figure('throughput', notes(slice, rtt, theory, top), layer, table(flow, series, rtt));
}

function notes({ ns, trips }: Slice, rtt: number | undefined, theory: Course | undefined, top: number): string[] {
  const length = duration(Math.round(ns));
  const parts = [
    `in slices of ${trips === 0 ? length : `${trips === 1 ? 'a round trip' : `${trips} round trips`}, ${length}`}`,
  ];
  if (rtt !== undefined) parts.push(`least round-trip time ${duration(rtt)}`);
  if (theory !== undefined && highest(theory) > top) {
    parts.push(`W / RTT reaches ${formatRate(highest(theory))}, above the picture`);
  }
  return [parts.join(' · ')];
}

interface Slice {
  ns: number;
  /** Whole round trips in it; 0 where its length has nothing to do with them. */
  trips: number;
}

/** Wide enough to draw, and two round trips if that leaves enough of them. */
function sliceOf({ series, width }: Frame, flow: FlowSeries): Slice {
  const span = series.toNs - series.fromNs;
  const least = Math.max(1, (span * SLICE_PIXELS) / width);
  const rtt = leastRtt(flow);
  if (rtt === undefined) return { ns: round(least), trips: 0 };
  if (rtt > span / 3) return { ns: round(Math.max(least, span / 12)), trips: 0 };
  const trips = Math.max(span >= 24 * rtt ? 2 : 1, Math.ceil(least / rtt));
  return trips > MANY_TRIPS ? { ns: round(least), trips: 0 } : { ns: trips * rtt, trips };
}

/** The next of 1, 2, 5, 10, 20 …: a length that can be said. */
function round(ns: number): number {
  let size = 1;
  while (10 * size <= ns) size *= 10;
  return size * ([1, 2, 5, 10].find((step) => step * size >= ns) ?? 10);
}

function course(stairs: Rows, name: string, series: PlotSeries, slice: number): Course {
  const points = slices(series, slice).map(([at, end]) => ({
    atNs: (at + end) / 2,
    rate: (between(stairs, at, end) * 1e9) / (end - at),
  }));
  return { name, points };
}

/** Where each begins and ends. All are whole: the last is moved to the end, over the one before, and little is left out. */
function slices({ fromNs, toNs }: PlotSeries, slice: number): [number, number][] {
  const all: [number, number][] = [];
  for (let at = fromNs; at + slice / 2 <= toNs; at += slice) {
    const begins = Math.max(fromNs, Math.min(at, toNs - slice));
    all.push([begins, Math.min(toNs, begins + slice)]);
  }
  return all;
}

/** How far the stairs rise after `fromNs`, up to and at `toNs`. */
function between(stairs: Rows, fromNs: number, toNs: number): number {
  const heightAt = (atNs: number): number => {
    const row = stairs.lastAtMost(atNs);
    return row < 0 ? 0 : stairs.at(row, 1);
  };
  return heightAt(toNs) - heightAt(fromNs);
}

/** The window's mean over each slice, over the least round-trip time. */
function law(window: Rows, rtt: number, series: PlotSeries, slice: number): Course | undefined {
  if (window.length === 0) return undefined;
  const points = [];
  for (const [at, end] of slices(series, slice)) {
    let area = 0;
    for (let step = Math.max(0, window.lastAtMost(at)); step < window.length && window.at(step, 0) < end; step++) {
      const begins = Math.max(at, window.at(step, 0));
      const ends = step + 1 < window.length ? Math.min(end, window.at(step + 1, 0)) : end;
      area += window.at(step, 1) * Math.max(0, ends - begins);
    }
    const known = end - Math.max(at, window.at(0, 0));
    if (known > 0) points.push({ atNs: (at + end) / 2, rate: ((area / known) * 1e9) / rtt });
  }
  return { name: LAW_NAME, points };
}

export function leastRtt({ rtt }: FlowSeries): number | undefined {
  let least = Infinity;
  for (let row = 0; row < rtt.length; row++) least = Math.min(least, rtt.at(row, 1));
  return Number.isFinite(least) && least > 0 ? least : undefined;
}

function hasReader({ reads }: FlowSeries): boolean {
  return reads.length > 0;
}

function highest({ points }: Course): number {
  return points.reduce((most, { rate }) => Math.max(most, rate), 0);
}

function table(flow: FlowSeries, { fromNs, toNs }: PlotSeries, rtt: number | undefined): FigureTable {
  const whole = (stairs: Rows): string =>
    formatRate((between(stairs, fromNs, toNs) * 1e9) / Math.max(1, toNs - fromNs));
  const rows = [
    ['throughput, mean', whole(flow.sent)],
    ['goodput, mean', whole(flow.delivered)],
  ];
  if (hasReader(flow)) rows.push(["the reader's pace, mean", whole(flow.reads)]);
  rows.push(['least round-trip time', rtt === undefined ? 'not measured' : duration(rtt)]);
  return { caption: 'What the throughput picture shows', columns: ['what', 'how much'], rows };
}
