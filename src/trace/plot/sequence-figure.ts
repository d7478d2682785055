// Time–sequence as tcptrace draws it: a segment is a bar from its first octet to after its last, at the time it passed; below
// it the stairs of what is acknowledged, above it the stairs of the right edge. A sender that the window holds back touches
// the upper stairs. Letters mark what deserves a look.
import { duration } from '../words.ts';
import {
  type Figure,
  Frame,
  type FigureOptions,
  type FigureTable,
  grouped,
  looks,
  rounded,
  type Spec,
  times,
  yAxis,
} from './frame.ts';
import { highest, lettersLayer, lettersLine } from './letters.ts';
import { type Rows } from './rows.ts';
import { type FlowSeries, mainFlow, MARK_LETTERS, type PlotSeries, DRAWN_KINDS, type DrawnKind } from './series.ts';

/** Up to so many segments each has its own bar; of more, those of one pixel share one. */
const BARS = 2_000;
/** Bars this high, in points, have their ends marked, so that one burst shows its segments. */
const TICKED = 4;

const NAMES: Readonly<Record<DrawnKind, string>> = {
  text: 'segment',
  retransmission: 'sent again',
  probe: 'probe',
};

export function sequenceFigure(series: PlotSeries, options: FigureOptions = {}): Figure {
  const frame = new Frame(series, options);
  const flow = mainFlow(series);
  const { theme } = frame;
  const all = looks([
    { name: NAMES.text, color: theme.blue },
    ...(flow.segments.retransmission.length > 0 ? [{ name: NAMES.retransmission, color: theme.red }] : []),
    ...(flow.segments.probe.length > 0 ? [{ name: NAMES.probe, color: theme.purple }] : []),
    { name: 'acknowledged', color: theme.green },
    { name: 'right edge', color: theme.orange, dash: [6, 3] },
    ...(flow.sacks.length > 0 ? [{ name: 'held out of order (SACK)', color: theme.sky }] : []),
  ]);
  const start = series.hasHandshake ? 'from the initial sequence number' : 'from the first seen';
  const y = yAxis(
    `sequence number, relative (octets ${start})`,
    { format: '~s' },
    { domainMin: bottom(series, flow), zero: false },
  );
  const encoding = { x: frame.x(), y, ...all };
  const stairs = [...frame.stairs(flow.acks, 1, 'acknowledged'), ...frame.stairs(flow.edges, 1, 'right edge')];
  const layer: Spec[] = [
    { data: { values: stairs }, mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5 }, encoding },
    ...segmentLayers(frame, flow, encoding),
    lettersLayer(frame, flow, encoding),
  ];
  return frame.figure('time–sequence', notes(flow), layer, table(flow));
}

/** A capture, or a view, that begins in the middle does not show what lies far below. */
function bottom({ hasHandshake, fromNs }: PlotSeries, flow: FlowSeries): number {
  const least = Math.min(flow.acks.length > 0 ? flow.acks.at(0, 1) : Infinity, firstOctet(flow));
  return Number.isFinite(least) && (!hasHandshake || fromNs > 0) ? Math.max(0, least) : 0;
}

function firstOctet({ segments }: FlowSeries): number {
  const { text } = segments;
  return text.length > 0 ? text.at(0, 1) : Infinity;
}

function segmentLayers(frame: Frame, flow: FlowSeries, encoding: Spec): Spec[] {
  const bars = DRAWN_KINDS.flatMap((kind) => barsOf(frame, flow.segments[kind], NAMES[kind]));
  const sacks = barsOf(frame, flow.sacks, 'held out of order (SACK)');
  const y2 = { field: 'end' };
  const layers: Spec[] = [];
  if (sacks.length > 0) {
    layers.push({
      data: { values: sacks },
      mark: { type: 'rule', strokeWidth: 2.5, opacity: 0.6 },
      encoding: { ...encoding, y2 },
    });
  }
  layers.push({ data: { values: bars }, mark: { type: 'rule', strokeWidth: 2 }, encoding: { ...encoding, y2 } });
  const points = (frame.height * heightOf(flow)) / highest(flow);
  if (points < TICKED || flow.segments.text.length > BARS) return layers;
  const ends = bars.flatMap((bar) => [bar, { ...bar, y: bar['end'] ?? 0 }]);
  const { x, y, color } = encoding as { x: Spec; y: Spec; color: Spec };
  layers.push({
    data: { values: ends },
    mark: { type: 'tick', orient: 'horizontal', size: 7, thickness: 1.5, opacity: 1 },
    encoding: { x, y, color },
  });
  return layers;
}

/** Octets of the segment in the middle. */
function heightOf({ segments: { text } }: FlowSeries): number {
  const middle = text.length >> 1;
  return text.length === 0 ? 0 : text.at(middle, 2) - text.at(middle, 1);
}

/** A bar per segment, or, of many, one per pixel from the first octet of them to after the last. */
function barsOf(frame: Frame, rows: Rows, what: string): Spec[] {
  if (rows.length <= BARS)
    return frame.data(
      rows,
      [
        ['y', 1],
        ['end', 1],
      ],
      { what },
    );
  const { fromNs, toNs } = frame.series;
  const slice = (toNs - fromNs) / (2 * frame.width);
  const bars: Spec[] = [];
  for (let row = 0; row < rows.length;) {
    const at = Math.floor((rows.at(row, 0) - fromNs) / slice);
    const t = rows.at(row, 0);
    let [least, most] = [Infinity, -Infinity];
    for (; row < rows.length && Math.floor((rows.at(row, 0) - fromNs) / slice) === at; row++) {
      least = Math.min(least, rows.at(row, 1));
      most = Math.max(most, rows.at(row, 2));
    }
    bars.push({ t: rounded(t / frame.time.size), y: rounded(least), end: rounded(most), what });
  }
  return bars;
}

function notes(flow: FlowSeries): string[] {
  const letters = lettersLine(flow);
  return letters === '' ? [] : [letters];
}

function table(flow: FlowSeries): FigureTable {
  const { segments, marks, zero } = flow;
  const rows = [
    ['octets of text, each time they left', grouped(flow.sentOctets)],
    ['octets acknowledged, or delivered in order', grouped(flow.deliveredOctets)],
    ...DRAWN_KINDS.map((kind) => [`segments: ${NAMES[kind]}`, grouped(segments[kind].length + segments[kind].thinned)]),
    ...MARK_LETTERS.map((letter) => [`marks: ${letter}`, grouped(marks[letter].length + marks[letter].thinned)]),
    ['window zero', zero.count === 0 ? 'never' : times(zero.count, zero.totalsNs[0] ?? 0)],
    ['least round-trip time', flow.rtt.length === 0 ? 'not measured' : duration(leastOf(flow.rtt))],
  ];
  return { caption: 'What the time–sequence picture shows', columns: ['what', 'how much'], rows };
}

function leastOf(rows: Rows): number {
  let least = Infinity;
  for (let row = 0; row < rows.length; row++) least = Math.min(least, rows.at(row, 1));
  return least;
}
