// Octets per second in slices of time: what left, retransmissions included; what was acknowledged; what the reader took. The
// theory beside it is W / RTT, the window over the least round-trip time: no sender can be faster for long.
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
import { type Slices } from './slices.ts';
import { ACKNOWLEDGED, type FlowSeries, mainFlow, type PlotSeries, SENT } from './series.ts';

/** A slice is as wide as this many pixels, at the least. */
const SLICE_PIXELS = 7;

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
    course(flow.octets, SENT, SENT_NAME, series, slice),
    course(flow.octets, ACKNOWLEDGED, GOOD_NAME, series, slice),
  ];
  if (hasReader(flow)) measured.push(course(flow.reads, 0, READ_NAME, series, slice));
  const rtt = leastRtt(flow);
  const theory = rtt === undefined ? undefined : law(flow.window, rtt, series, slice);
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

function notes(slice: number, rtt: number | undefined, theory: Course | undefined, top: number): string[] {
  const parts = [`in slices of ${duration(Math.round(slice))}`];
  if (rtt !== undefined) parts.push(`least round-trip time ${duration(rtt)}`);
  if (theory !== undefined && highest(theory) > top) {
    parts.push(`W / RTT reaches ${formatRate(highest(theory))}, above the picture`);
  }
  return [parts.join(' · ')];
}

/** Wide enough to draw, and to hold two round-trip times: below that every window shows as a burst. */
function sliceOf({ series, width }: Frame, flow: FlowSeries): number {
  const least = ((series.toNs - series.fromNs) * SLICE_PIXELS) / width;
  const rtt = leastRtt(flow) ?? 0;
  return round(Math.max(1, flow.octets.widthNs, Math.min(2 * rtt, (series.toNs - series.fromNs) / 12), least));
}

/** The next of 1, 2, 5, 10, 20 …: a length that can be said. */
function round(ns: number): number {
  let size = 1;
  while (10 * size <= ns) size *= 10;
  return size * ([1, 2, 5, 10].find((step) => step * size >= ns) ?? 10);
}

function course(octets: Slices, column: number, name: string, { fromNs, toNs }: PlotSeries, slice: number): Course {
  const points = [];
  for (let at = fromNs; at < toNs; at += slice) {
    const end = Math.min(toNs, at + slice);
    if (end - at < slice / 2) break; // the rest of a slice says little
    points.push({ atNs: (at + end) / 2, rate: (octets.between(at, end, column) * 1e9) / (end - at) });
  }
  return { name, points };
}

/** The window's mean over each slice, over the least round-trip time. */
function law(window: Rows, rtt: number, { fromNs, toNs }: PlotSeries, slice: number): Course | undefined {
  if (window.length === 0) return undefined;
  const points = [];
  let row = 0;
  for (let at = fromNs; at < toNs; at += slice) {
    const end = Math.min(toNs, at + slice);
    while (row + 1 < window.length && window.at(row + 1, 0) <= at) row++;
    let area = 0;
    for (let step = row; step < window.length && window.at(step, 0) < end; step++) {
      const begins = Math.max(at, window.at(step, 0));
      const ends = step + 1 < window.length ? Math.min(end, window.at(step + 1, 0)) : end;
      area += window.at(step, 1) * Math.max(0, ends - begins);
    }
    const known = end - Math.max(at, window.at(0, 0));
    if (known > 0 && end - at >= slice / 2) points.push({ atNs: (at + end) / 2, rate: ((area / known) * 1e9) / rtt });
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
  const whole = (octets: Slices, column: number): string =>
    formatRate((octets.between(fromNs, toNs, column) * 1e9) / Math.max(1, toNs - fromNs));
  const rows = [
    ['throughput, mean', whole(flow.octets, SENT)],
    ['goodput, mean', whole(flow.octets, ACKNOWLEDGED)],
  ];
  if (hasReader(flow)) rows.push(["the reader's pace, mean", whole(flow.reads, 0)]);
  rows.push(['least round-trip time', rtt === undefined ? 'not measured' : duration(rtt)]);
  return { caption: 'What the throughput picture shows', columns: ['what', 'how much'], rows };
}
