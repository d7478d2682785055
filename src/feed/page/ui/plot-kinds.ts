// The plots: what each shows, of which columns, and what is drawn on top of its lines.
import type uPlot from 'uplot';
import { type Flow, MARK, rates } from '../data/index.ts';
import { decimate, type Getter } from '../view/decimate.ts';
import { count, rate, short, size } from '../view/format.ts';
import { theme } from '../view/theme.ts';
import { type View } from '../view/view.ts';
import { type PlotKind } from './plot.tsx';

const UNA: Getter = (c, row) => c.una[row]!;
const EDGE: Getter = (c, row) => c.una[row]! + c.wnd[row]!;
const WND: Getter = (c, row) => c.wnd[row]!;
const FLIGHT: Getter = (c, row) => c.nxt[row]! - c.una[row]!;
const CWND: Getter = (c, row) => c.cwnd[row]!;
const SSTHRESH: Getter = (c, row) => c.ssthresh[row]!;
const RTT: Getter = (c, row) => c.rtt[row]!;
const SRTT: Getter = (c, row) => c.srtt[row]!;
const RTO: Getter = (c, row) => c.rto[row]!;

/** Above so many segments in sight only what is worth a look is drawn one by one. */
const MOST_DRAWN = 12_000;

export const SEQUENCE: PlotKind = {
  id: 'sequence',
  title: 'Time and sequence',
  about: 'Sequence numbers over time: segments as bars between what is acknowledged and the right edge of the window.',
  height: 190,
  unit: 'octets',
  series: [
    { label: 'acknowledged', colour: 'receiver' },
    { label: 'right edge', colour: 'edge' },
  ],
  getters: [UNA, EDGE],
  data: (flow, view, pixels) =>
    decimate(flow.ends[0].fold.rows, view.fromNs, view.untilNs, pixels, [UNA, EDGE], flow.endNs),
  range: (flow, view) => {
    const { rows } = flow.ends[0].fold;
    const [first, last] = [Math.max(0, rows.at(view.fromNs)), rows.at(view.untilNs)];
    if (last < 0) return [0, 1];
    const low = rows.get('una', first);
    const high = Math.max(rows.get('max', last), rows.get('una', last) + (rows.get('wnd', last) || 0));
    return [Math.max(0, low - (high - low) * 0.04), high + Math.max(1, (high - low) * 0.06)];
  },
  draw: drawSegments,
  format: count,
};

export const WINDOW: PlotKind = {
  id: 'window',
  title: 'Window',
  about: "The receiver's window as the sender knows it, octets in flight, the congestion window and ssthresh.",
  height: 120,
  unit: 'octets',
  series: [
    { label: 'window', colour: 'edge' },
    { label: 'in flight', colour: 'sender', isFilled: true },
    { label: 'cwnd', colour: 'cwnd', dash: [6, 3], width: 1.75 },
    { label: 'ssthresh', colour: 'cwnd', dash: [1, 3] },
  ],
  getters: [WND, FLIGHT, CWND, SSTHRESH],
  data: (flow, view, pixels) =>
    decimate(flow.ends[0].fold.rows, view.fromNs, view.untilNs, pixels, [WND, FLIGHT, CWND, SSTHRESH], flow.endNs),
  range: (flow, view) => {
    const { rows } = flow.ends[0].fold;
    const { column } = rows;
    let [offered, reached, cwnd] = [1, 1, 0];
    for (let row = Math.max(0, rows.at(view.fromNs)); row <= rows.at(view.untilNs); row++) {
      if (column.wnd[row]! > offered) offered = column.wnd[row]!;
      const flight = column.nxt[row]! - column.una[row]!;
      if (flight > reached) reached = flight;
      if (column.cwnd[row]! > cwnd) cwnd = column.cwnd[row]!;
    }
    // A window far above all that happens would press the congestion window's teeth flat.
    const within = Math.max(reached, cwnd);
    return [0, (cwnd > 0 && offered > 2.5 * within ? within : Math.max(offered, reached)) * 1.12];
  },
  draw: drawZeroBands,
  format: size,
};

export const THROUGHPUT: PlotKind = {
  id: 'throughput',
  title: 'Throughput',
  about: 'Octets acknowledged and read each second, and what one window each round trip would give.',
  height: 90,
  unit: 'rate',
  series: [
    { label: 'acknowledged', colour: 'sender' },
    { label: 'read', colour: 'receiver' },
    { label: 'window ÷ round trip', colour: 'edge', dash: [4, 3], width: 1 },
  ],
  data: (flow, view) => rates(flow, view.fromNs, view.untilNs).columns,
  range: (flow, view) => {
    const [, acked, read] = rates(flow, view.fromNs, view.untilNs).columns;
    const most = Math.max(1, ...acked!.map(Number), ...read!.map(Number));
    return [0, most * 1.5];
  },
  format: rate,
};

export const ROUND_TRIP: PlotKind = {
  id: 'rtt',
  title: 'Round trip',
  about: 'Round-trip times sampled, smoothed, and the retransmission timeout.',
  height: 80,
  unit: 'time',
  series: [
    { label: 'RTT', colour: 'sender' },
    { label: 'SRTT', colour: 'receiver', dash: [4, 3] },
    { label: 'RTO', colour: 'warn' },
  ],
  getters: [RTT, SRTT, RTO],
  data: (flow, view, pixels) =>
    decimate(flow.ends[0].fold.rows, view.fromNs, view.untilNs, pixels, [RTT, SRTT, RTO], flow.endNs),
  format: short,
};

export const PLOTS: readonly PlotKind[] = [SEQUENCE, WINDOW, THROUGHPUT, ROUND_TRIP];

function drawSegments(plot: uPlot, flow: Flow, view: View): void {
  const vantage = flow.first;
  if (vantage === undefined) return;
  const { segments, side } = vantage;
  const { column } = segments;
  const { ctx, bbox } = plot;
  const colours = theme();
  const first = Math.max(0, segments.lastAtMost('at', view.fromNs));
  const last = segments.lastAtMost('at', view.untilNs);
  const isDense = last - first > MOST_DRAWN;
  const x = (row: number): number => plot.valToPos(column.at[row]! / 1e9, 'x', true);
  const y = (value: number): number => plot.valToPos(value, 'y', true);
  const worth = MARK.again | MARK.probe;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `600 ${10 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  const wanted = side === 0 ? 1 : 0;
  const width = Math.max(1, 1.5 * ratio);
  let lastX = -1;
  let lastY = 0;
  for (let row = first; row <= last; row++) {
    if (column.isOut[row] !== wanted || column.length[row] === 0) continue;
    const isWorth = (column.marks[row]! & worth) !== 0;
    const left = x(row);
    const top = y(column.seq[row]! + column.length[row]!);
    if (isDense && !isWorth && Math.abs(left - lastX) < width && Math.abs(top - lastY) < 2 * ratio) continue;
    [lastX, lastY] = [left, top];
    const bottom = y(column.seq[row]!);
    ctx.fillStyle = isWorth ? ((column.marks[row]! & MARK.again) !== 0 ? colours.warn : colours.zero) : colours.sender;
    ctx.fillRect(left - width / 2, top, isWorth ? width * 1.6 : width, Math.max(1.5 * ratio, bottom - top));
  }
  drawMarks(plot, flow, view);
  drawChosen(plot, view);
  ctx.restore();
}

const LETTERS: readonly [number, string, 'zero' | 'warn'][] = [
  [MARK.probe, 'P', 'zero'],
  [MARK.again, 'R', 'warn'],
];

/** Z where the window closes, P for probes, R for what is sent again, S and F for SYN and FIN; none on top of another. */
function drawMarks(plot: uPlot, flow: Flow, view: View): void {
  const vantage = flow.first!;
  const { segments } = vantage;
  const { column } = segments;
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const colours = theme();
  const free = { top: -Infinity, zero: -Infinity };
  const last = segments.lastAtMost('at', view.untilNs);
  const zero = MARK.zero;
  let wasZero = false;
  for (let row = Math.max(0, segments.lastAtMost('at', view.fromNs)); row <= last; row++) {
    const marks = column.marks[row]!;
    const isOwn = column.isOut[row] === (vantage.side === 0 ? 1 : 0);
    const left = plot.valToPos(column.at[row]! / 1e9, 'x', true);
    if (!isOwn) {
      const isZero = (marks & zero) !== 0;
      if (isZero && !wasZero && left > free.zero + 22 * ratio) {
        ctx.fillStyle = colours.zero;
        ctx.fillText('Z', left, plot.valToPos(column.ack[row]!, 'y', true) - 5 * ratio);
        free.zero = left;
      }
      wasZero = isZero;
      continue;
    }
    const found = LETTERS.find(([bit]) => (marks & bit) !== 0);
    const letter = found?.[1] ?? letterOf(column.flags[row]!);
    if (letter === '' || left < free.top + 22 * ratio) continue;
    ctx.fillStyle = found === undefined ? colours.muted : colours[found[2]];
    ctx.fillText(letter, left, plot.valToPos(column.seq[row]! + column.length[row]!, 'y', true) - 5 * ratio);
    free.top = left;
  }
}

/** A ring around the packet that is chosen in the list. */
function drawChosen(plot: uPlot, { selected }: View): void {
  const row = selected?.vantage.segments.rowOf(selected.packet) ?? -1;
  if (selected === undefined || row < 0) return;
  const { segments, side } = selected.vantage;
  const isData = (segments.get('isOut', row) === 1) === (side === 0);
  const at = isData ? segments.get('seq', row) + segments.get('length', row) / 2 : segments.get('ack', row);
  if (Number.isNaN(at)) return;
  const { ctx } = plot;
  ctx.strokeStyle = theme().cursor;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  const x = plot.valToPos(segments.get('at', row) / 1e9, 'x', true);
  ctx.arc(x, plot.valToPos(at, 'y', true), 5 * devicePixelRatio, 0, 7);
  ctx.stroke();
}

function letterOf(flags: number): string {
  return (flags & 2) !== 0 ? 'S' : (flags & 1) !== 0 ? 'F' : '';
}

function drawZeroBands(plot: uPlot, flow: Flow, view: View): void {
  const { rows } = flow.ends[0].fold;
  const { column } = rows;
  const { ctx, bbox } = plot;
  const first = Math.max(0, rows.at(view.fromNs));
  const last = rows.at(view.untilNs);
  ctx.save();
  ctx.fillStyle = `${theme().zero}2e`;
  for (let row = first; row <= last; row++) {
    if (column.wnd[row] !== 0 || column.una[row]! < 1) continue;
    let end = row;
    while (end < last && column.wnd[end + 1] === 0) end++;
    const from = Math.max(bbox.left, plot.valToPos(column.at[row]! / 1e9, 'x', true));
    const untilNs = end === last ? Math.min(view.untilNs, flow.endNs) : column.at[end + 1]!;
    const until = Math.min(bbox.left + bbox.width, plot.valToPos(untilNs / 1e9, 'x', true));
    ctx.fillRect(from, bbox.top, Math.max(1, until - from), bbox.height);
    row = end;
  }
  ctx.restore();
}
