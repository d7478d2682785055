// The window offered against what is in flight, from 0: where the two meet the window holds the sender back, and where the
// window is 0 a band says so. With congestion control also what the network is believed to bear, cwnd, and ssthresh, of the
// sender's own recording: packets do not tell of them.
import { duration } from '../words.ts';
import {
  type Figure,
  type FigureOptions,
  type FigureTable,
  Frame,
  grouped,
  looks,
  octetUnit,
  rounded,
  type Spec,
  times,
  yAxis,
} from './frame.ts';
import { type Rows } from './rows.ts';
import { type FlowSeries, mainFlow, MARK_MEANINGS, type PlotSeries } from './series.ts';
import { zeroBands } from './zero-bands.ts';

const OFFERED = 'window offered (SND.WND)';
const CWND = 'congestion window (cwnd)';
const SSTHRESH = 'ssthresh';
const LETTERS = { fast: 'F', timeout: 'T' } as const;
const MEANINGS = { fast: 'fast recovery', timeout: 'timeout' } as const;

/** A window so many times what cwnd and flight reach is left above the picture. */
const CUT = 2.5;
/** Points between two letters, so that they do not cover each other. */
const LETTER = 10;

export function windowFigure(series: PlotSeries, options: FigureOptions = {}): Figure {
  const frame = new Frame(series, options);
  const flow = mainFlow(series);
  const { theme } = frame;
  const height = heightOf(flow);
  const unit = octetUnit(height.top);
  const all = looks([
    { name: OFFERED, color: theme.orange, dash: [6, 3] },
    { name: 'in flight', color: theme.blue },
    ...(flow.cwnd.length > 0 ? [{ name: CWND, color: theme.purple }] : []),
    ...(flow.ssthresh.length > 0 ? [{ name: SSTHRESH, color: theme.purple, dash: [2, 3] as const }] : []),
  ]);
  const scale = height.isCut ? { domainMin: 0, domainMax: rounded(height.top / unit.size), nice: false } : {};
  const y = yAxis(`octets${unit.size === 1 ? '' : ` (${unit.name})`}`, {}, scale);
  const encoding = { x: frame.x(), y, ...all };
  // Where both move faster than the eye can follow, thin lines without dashes show more.
  const isDense = flow.window.length > frame.width / 2;
  const line = (rows: Rows, what: string, strokeWidth: number): Spec => ({
    data: { values: below(frame.stairs(rows, unit.size, what), height, unit.size) },
    mark: { type: 'line', interpolate: 'step-after', strokeWidth },
    encoding,
  });
  const layer: Spec[] = [
    zeroBands(frame, flow),
    flightArea(frame, flow, unit.size, encoding),
    line(flow.flight, 'in flight', isDense ? 0.75 : 1.5),
    line(flow.window, OFFERED, isDense ? 0.75 : 1.75),
  ];
  if (flow.ssthresh.length > 0) layer.push(line(flow.ssthresh, SSTHRESH, 1.25));
  if (flow.cwnd.length > 0) layer.push(line(flow.cwnd, CWND, isDense ? 1 : 1.75));
  for (const phase of ['fast', 'timeout'] as const) {
    if (flow.recoveries[phase].length > 0) layer.push(recoveries(frame, flow, phase, unit.size, encoding));
  }
  if (flow.marks.P.length > 0) layer.push(probes(frame, flow, encoding));
  return frame.figure('window and octets in flight', notes(series, flow, height), layer, table(flow));
}

/** What lies above the picture is left out, not clipped: resvg does not bear a line of which nothing is in its frame. */
function below(stairs: Spec[], { top, isCut }: Height, unit: number): Spec[] {
  if (!isCut) return stairs;
  return stairs.map((stair) => (Number(stair['y']) > top / unit ? { ...stair, y: null } : stair));
}

interface Height {
  /** What is highest in the picture, octets. */
  top: number;
  /** A window far above all that happens would press it flat: the picture ends below it. */
  isCut: boolean;
}

function heightOf(flow: FlowSeries): Height {
  const offered = mostOf(flow.window, 1);
  const reached = Math.max(mostOf(flow.flight, 1), mostOf(flow.cwnd, 1), 1);
  const isCut = flow.cwnd.length > 0 && offered > CUT * reached;
  return { top: isCut ? 1.15 * reached : Math.max(offered, reached), isCut };
}

/** Where a recovery began, on top of the tooth. */
function recoveries(
  frame: Frame,
  { recoveries: all }: FlowSeries,
  phase: 'fast' | 'timeout',
  unit: number,
  { x, y }: Spec,
): Spec {
  const { fromNs, toNs } = frame.series;
  const apart = (LETTER * Math.max(1, toNs - fromNs)) / frame.width;
  const rows = all[phase];
  const values: Spec[] = [];
  let previous = -Infinity;
  for (let row = 0; row < rows.length; row++) {
    const at = rows.at(row, 0);
    if (at - previous < apart) continue;
    previous = at;
    values.push({ t: rounded(at / frame.time.size), y: rounded(rows.at(row, 1) / unit), letter: LETTERS[phase] });
  }
  const encoding = { x: x ?? {}, y: y ?? {}, text: { field: 'letter', type: 'nominal' } };
  const mark = { type: 'text', dy: -8, fontSize: 11, fontWeight: 'bold' };
  const { purple, ground } = frame.theme;
  return {
    data: { values },
    layer: [
      { mark: { ...mark, color: ground, stroke: ground, strokeWidth: 3 }, encoding }, // or the lines behind it hide it
      { mark: { ...mark, color: purple }, encoding },
    ],
  };
}

/** What is in flight fills its part of the window. */
function flightArea(frame: Frame, flow: FlowSeries, unit: number, { x, y }: Spec): Spec {
  return {
    data: { values: frame.stairs(flow.flight, unit, 'in flight') },
    mark: { type: 'area', interpolate: 'step-after', color: frame.theme.blue, opacity: 0.22 },
    encoding: { x: x ?? {}, y: { ...(y as Spec), stack: null } },
  };
}

/** Probes stand at the bottom: what they carry is one octet, if any. */
function probes(frame: Frame, flow: FlowSeries, { x, y }: Spec): Spec {
  const values = frame.data(flow.marks.P, []).map((one) => ({ ...one, y: 0, letter: 'P' }));
  return {
    data: { values },
    mark: { type: 'text', dy: -8, fontSize: 11, fontWeight: 'bold', color: frame.theme.purple },
    encoding: { x: x ?? {}, y: y ?? {}, text: { field: 'letter', type: 'nominal' } },
  };
}

function notes({ hasRecords }: PlotSeries, flow: FlowSeries, { isCut }: Height): string[] {
  const { cwnd, zero, marks } = flow;
  const parts = congestionNotes(flow);
  if (isCut) parts.push(`the window offered reaches ${grouped(mostOf(flow.window, 1))} octets, above the picture`);
  if (zero.count > 0) parts.push(`zero window (bands): ${times(zero.count, zero.totalsNs[0] ?? 0)}`);
  const probesSent = marks.P.length + marks.P.thinned;
  if (probesSent > 0) parts.push(`P ${MARK_MEANINGS.P} ×${grouped(probesSent)}`);
  if (cwnd.length === 0 && !hasRecords.sender) parts.push('no cwnd: only the sender’s own recording tells of it');
  return parts.length === 0 ? [] : [parts.join(' · ')];
}

function congestionNotes({ cwnd, recoveries: all, sacks }: FlowSeries): string[] {
  const parts = (['fast', 'timeout'] as const)
    .map((phase) => [phase, all[phase].length + all[phase].thinned] as const)
    .filter(([, count]) => count > 0)
    .map(([phase, count]) => `${LETTERS[phase]} ${MEANINGS[phase]} ×${grouped(count)}`);
  if (cwnd.length > 0 && sacks.length > 0) parts.push('in flight counts what SACK has told of, cwnd does not');
  return parts;
}

function table({ window, flight, cwnd, ssthresh, recoveries: all, zero }: FlowSeries): FigureTable {
  return {
    caption: 'What the window picture shows',
    columns: ['what', 'how much'],
    rows: [
      ['largest window offered', `${grouped(mostOf(window, 1))} octets`],
      ['most in flight', `${grouped(mostOf(flight, 1))} octets`],
      ...(cwnd.length === 0
        ? []
        : [
            ['largest congestion window', `${grouped(mostOf(cwnd, 1))} octets`],
            ['ssthresh in the end', ssthresh.length === 0 ? 'not set' : `${grouped(ssthresh.last(1) ?? 0)} octets`],
            ['fast recoveries', grouped(all.fast.length + all.fast.thinned)],
            ['recoveries after a timeout', grouped(all.timeout.length + all.timeout.thinned)],
          ]),
      ['zero windows', grouped(zero.count)],
      ['zero window in all', duration(zero.totalsNs[0] ?? 0)],
    ],
  };
}

export function mostOf(rows: Rows, column: number): number {
  let most = 0;
  for (let row = 0; row < rows.length; row++) most = Math.max(most, rows.at(row, column));
  return most;
}
