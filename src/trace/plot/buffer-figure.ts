// The receive buffer, stacked: octets the application has not read, room that is there but not offered (silly-window
// avoidance, rounding), and room that is offered. Held out of order, octets lie in the offered room. Of a capture without
// records only what was offered can be drawn.
import { duration } from '../words.ts';
import {
  type Figure,
  type FigureOptions,
  type FigureTable,
  Frame,
  grouped,
  octetUnit,
  rounded,
  type Spec,
  yAxis,
} from './frame.ts';
import { type FlowSeries, mainFlow, type PlotSeries } from './series.ts';
import { mostOf } from './window-figure.ts';
import { zeroBands } from './zero-bands.ts';

const PARTS = ['unread', 'not offered', 'offered'] as const;

export function bufferFigure(series: PlotSeries, options: FigureOptions = {}): Figure {
  const frame = new Frame(series, options);
  const flow = mainFlow(series);
  if (flow.buffer.length === 0) return offeredOnly(frame, flow);
  const { theme } = frame;
  const size = capacity(flow);
  const unit = octetUnit(size);
  const range = [theme.blue, theme.grey, theme.green];
  const opacity = [0.9, 0.6, 0.4];
  const y = { ...yAxis(`octets${unit.size === 1 ? '' : ` (${unit.name})`}`), stack: null };
  const layer: Spec[] = [
    {
      data: { values: stack(frame, flow, unit.size) },
      mark: { type: 'area', interpolate: 'step-after', opacity: 1 },
      encoding: {
        x: frame.x(),
        y,
        y2: { field: 'base' },
        color: {
          field: 'what',
          type: 'nominal',
          scale: { domain: [...PARTS], range },
          legend: { title: null, symbolType: 'square' },
        },
        fillOpacity: { field: 'what', type: 'nominal', scale: { domain: [...PARTS], range: opacity }, legend: null },
      },
    },
  ];
  if (mostOf(flow.buffer, 4) > 0) layer.push(outOfOrder(frame, flow, unit.size));
  const held = mostOf(flow.buffer, 4) > 0 ? ' · dashed: held out of order, within what is offered' : '';
  const notes = [`RCV.BUFF ${octets(size)}, from below: unread, room not offered, room offered${held}`];
  return frame.figure('receive buffer', notes, layer, table(flow, size));
}

function stack(frame: Frame, { buffer }: FlowSeries, unit: number): Spec[] {
  const parts = [
    ['unread', unit],
    ['offered', unit],
    ['not offered', unit],
  ] as const;
  const rows = frame.data(buffer, parts, {}, frame.width / 2);
  const last = rows.at(-1);
  if (last !== undefined) rows.push({ ...last, t: rounded(frame.series.toNs / frame.time.size) });
  return rows.flatMap((row) => {
    let base = 0;
    return PARTS.map((what) => {
      const y = rounded(base + Number(row[what]));
      const part = { t: row['t'] ?? 0, y, base, what };
      base = y;
      return part;
    });
  });
}

function outOfOrder(frame: Frame, { buffer }: FlowSeries, unit: number): Spec {
  const values = frame
    .data(buffer, [
      ['unread', unit],
      ['offered', 1],
      ['withheld', 1],
      ['held', unit],
    ])
    .map((row) => ({ t: row['t'] ?? 0, y: Number(row['unread']) + Number(row['held']) }));
  return {
    data: { values },
    mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5, strokeDash: [4, 2], color: frame.theme.purple },
    encoding: { x: frame.x(), y: { field: 'y', type: 'quantitative' } },
  };
}

function offeredOnly(frame: Frame, flow: FlowSeries): Figure {
  const unit = octetUnit(Math.max(1, mostOf(flow.window, 1)));
  const { theme } = frame;
  const y = { ...yAxis(`octets${unit.size === 1 ? '' : ` (${unit.name})`}`), stack: null };
  const encoding = { x: frame.x(), y };
  const layer: Spec[] = [
    zeroBands(frame, flow),
    {
      data: { values: frame.stairs(flow.window, unit.size, 'offered') },
      mark: {
        type: 'area',
        interpolate: 'step-after',
        color: theme.green,
        opacity: 0.35,
        line: { color: theme.green, strokeWidth: 1.5 },
      },
      encoding,
    },
  ];
  if (flow.outOfOrder.length > 0) {
    layer.push({
      data: { values: frame.stairs(flow.outOfOrder, unit.size, 'held') },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5, strokeDash: [4, 2], color: theme.purple },
      encoding,
    });
  }
  const notes = [
    'area: room offered; what lies unread is not in packets: record the receiver with sash to see it',
    ...(flow.outOfOrder.length > 0 ? ['dashed: held out of order'] : []),
  ];
  const figure = frame.figure('receive buffer, as far as it was offered', notes, layer, table(flow, undefined));
  return figure;
}

function capacity({ buffer }: FlowSeries): number {
  let most = 1;
  for (let row = 0; row < buffer.length; row++)
    most = Math.max(most, buffer.at(row, 1) + buffer.at(row, 2) + buffer.at(row, 3));
  return most;
}

function table(flow: FlowSeries, size: number | undefined): FigureTable {
  const rows = [
    ['size (RCV.BUFF)', size === undefined ? 'not in packets' : octets(size)],
    ['most unread', size === undefined ? 'not in packets' : octets(mostOf(flow.buffer, 1))],
    ['most not offered', size === undefined ? 'not in packets' : octets(mostOf(flow.buffer, 3))],
    ['most held out of order', octets(Math.max(mostOf(flow.outOfOrder, 1), mostOf(flow.buffer, 4)))],
    ['largest window offered', octets(mostOf(flow.window, 1))],
    ['zero window in all', duration(flow.zero.totalsNs[0] ?? 0)],
  ];
  return { caption: 'What the picture of the receive buffer shows', columns: ['what', 'how much'], rows };
}

function octets(n: number): string {
  return `${grouped(n)} octets`;
}
