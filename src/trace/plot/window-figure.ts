// The window offered against what is in flight, from 0: where the two meet the window holds the sender back, and where the
// window is 0 a band says so. The congestion window is drawn where it was known: at the moments it held the sender back.
import { duration } from '../words.ts';
import {
  type Figure,
  type FigureOptions,
  type FigureTable,
  Frame,
  grouped,
  looks,
  octetUnit,
  type Spec,
  times,
  yAxis,
} from './frame.ts';
import { type Rows } from './rows.ts';
import { type FlowSeries, mainFlow, MARK_MEANINGS, type PlotSeries } from './series.ts';
import { zeroBands } from './zero-bands.ts';

export function windowFigure(series: PlotSeries, options: FigureOptions = {}): Figure {
  const frame = new Frame(series, options);
  const flow = mainFlow(series);
  const { theme } = frame;
  const most = Math.max(mostOf(flow.window, 1), mostOf(flow.flight, 1), mostOf(flow.congestion, 1));
  const unit = octetUnit(most);
  const all = looks([
    { name: 'window offered (SND.WND)', color: theme.orange, dash: [6, 3] },
    { name: 'in flight', color: theme.blue },
    ...(flow.congestion.length > 0 ? [{ name: 'congestion window, where it held', color: theme.purple }] : []),
  ]);
  const encoding = { x: frame.x(), y: yAxis(`octets${unit.size === 1 ? '' : ` (${unit.name})`}`), ...all };
  // Where both move faster than the eye can follow, thin lines without dashes show more.
  const isDense = flow.window.length > frame.width / 2;
  const line = (rows: Rows, what: string, strokeWidth: number): Spec => ({
    data: { values: frame.stairs(rows, unit.size, what) },
    mark: { type: 'line', interpolate: 'step-after', strokeWidth },
    encoding,
  });
  const layer: Spec[] = [
    zeroBands(frame, flow),
    flightArea(frame, flow, unit.size, encoding),
    line(flow.flight, 'in flight', isDense ? 0.75 : 1.5),
    line(flow.window, 'window offered (SND.WND)', isDense ? 0.75 : 1.75),
  ];
  if (flow.congestion.length > 0) {
    const values = frame.data(flow.congestion, [['y', unit.size]], { what: 'congestion window, where it held' });
    const { x, y, color } = encoding;
    layer.push({
      data: { values },
      mark: { type: 'point', shape: 'diamond', size: 22, filled: true },
      encoding: { x, y, color },
    });
  }
  if (flow.marks.P.length > 0) layer.push(probes(frame, flow, encoding));
  return frame.figure('window and octets in flight', notes(flow), layer, table(flow, most));
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

function notes({ zero, marks }: FlowSeries): string[] {
  const parts: string[] = [];
  if (zero.count > 0) parts.push(`zero window (bands): ${times(zero.count, zero.totalsNs[0] ?? 0)}`);
  const probesSent = marks.P.length + marks.P.thinned;
  if (probesSent > 0) parts.push(`P ${MARK_MEANINGS.P} ×${grouped(probesSent)}`);
  return parts.length === 0 ? [] : [parts.join(' · ')];
}

function table({ window, flight, zero }: FlowSeries, most: number): FigureTable {
  return {
    caption: 'What the window picture shows',
    columns: ['what', 'how much'],
    rows: [
      ['largest window offered', `${grouped(mostOf(window, 1))} octets`],
      ['most in flight', `${grouped(mostOf(flight, 1))} octets`],
      ['highest point drawn', `${grouped(most)} octets`],
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
