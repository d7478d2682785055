// Who limits whom: a row for each thing that held the sender back, with its share of the time, and bars where it did. Bars are
// told apart by their rows; the colour only says whose doing it was. Of very many short spans a bar's strength says how much of
// its pixel was so.
import { type DrawnLimit, type FlowSeries, mainFlow, type PlotSeries, type Spans } from './series.ts';
import { duration } from '../words.ts';
import { type Figure, type FigureOptions, type FigureTable, Frame, rounded, type Spec, WIDTH } from './frame.ts';

type Party = 'application' | 'receiver' | 'network' | 'sender' | 'nobody';

/** Whose doing each is, in the order of the rows. */
const PARTIES: readonly (readonly [DrawnLimit, Party])[] = [
  ['handshake', 'network'],
  ['sending', 'nobody'],
  ['nothing-queued', 'application'],
  ['idle', 'application'],
  ['send-buffer', 'sender'],
  ['nagle', 'sender'],
  ['policy', 'sender'],
  ['congestion', 'network'],
  ['recovery', 'network'],
  ['window-full', 'receiver'],
  ['silly-window', 'receiver'],
  ['zero-window', 'receiver'],
  ['carrier', 'network'],
  ['recorder', 'sender'],
  ['closing', 'nobody'],
  ['unknown', 'nobody'],
];
const PARTY_NAMES: readonly Party[] = ['receiver', 'network', 'sender', 'application', 'nobody'];

/** The height of a row, and the width that its label takes. */
const ROW = 30;
const LABELS = 130;

interface Lane {
  name: string;
  party: Party;
  totalNs: number;
  bars: { fromNs: number; toNs: number; share: number }[];
}

export function blameFigure(series: PlotSeries, options: FigureOptions = {}): Figure {
  const flow = mainFlow(series);
  const lanes = [...limitLanes(series, flow), ...offeringLanes(series, flow)];
  const height = options.height ?? Math.max(2, lanes.length) * ROW;
  const frame = new Frame(series, { ...options, width: options.width ?? WIDTH - LABELS, height });
  const { theme, time } = frame;
  const span = Math.max(1, series.toNs - series.fromNs);
  const labels = lanes.map((lane) => `${lane.name}  ${percent(lane.totalNs / span)}`);
  const values = lanes.flatMap(({ party, bars }, index) =>
    bars.map(({ fromNs, toNs, share }) => ({
      t: rounded(fromNs / time.size),
      to: rounded(toNs / time.size),
      lane: labels[index] ?? '',
      party,
      share: rounded(share),
    })),
  );
  const range = [theme.orange, theme.purple, theme.blue, theme.green, theme.grey];
  const layer: Spec[] = [
    {
      data: { values },
      mark: { type: 'bar', height: { band: 0.66 }, cornerRadius: 0, minBandSize: 1 },
      encoding: {
        x: frame.x(),
        x2: { field: 'to' },
        y: {
          field: 'lane',
          type: 'nominal',
          scale: { domain: labels },
          axis: {
            title: null,
            labelFontSize: 12,
            labelColor: theme.text,
            labelLimit: 400,
            grid: true,
            gridDash: [1, 3],
            tickBand: 'center',
          },
        },
        color: {
          field: 'party',
          type: 'nominal',
          scale: {
            domain: PARTY_NAMES.filter((party) => lanes.some((lane) => lane.party === party)),
            range: PARTY_NAMES.flatMap((party, index) =>
              lanes.some((lane) => lane.party === party) ? [range[index] ?? theme.grey] : [],
            ),
          },
          legend: { title: null, symbolType: 'square' },
        },
        opacity: { field: 'share', type: 'quantitative', scale: { domain: [0, 1], range: [0.08, 1] }, legend: null },
      },
    },
  ];
  return frame.figure('who limits whom', notes(series, flow), layer, table(lanes, span));
}

function limitLanes(series: PlotSeries, { limits }: FlowSeries): Lane[] {
  return PARTIES.flatMap(([name, party]) => {
    const totalNs = limits.totalsNs[limits.names.indexOf(name)] ?? 0;
    return totalNs > 0 ? [{ name, party, totalNs, bars: barsOf(limits, name, series) }] : [];
  });
}

/** What the receiver's own records say of it: nothing but `open` deserves no row. */
function offeringLanes(series: PlotSeries, { offerings }: FlowSeries): Lane[] {
  return (['withheld', 'zero'] as const).flatMap((name) => {
    const totalNs = offerings.totalsNs[offerings.names.indexOf(name)] ?? 0;
    const bars = barsOf(offerings, name, series);
    return totalNs > 0 ? [{ name: `receiver: ${name}`, party: 'receiver' as const, totalNs, bars }] : [];
  });
}

/** The spans themselves; past the limit of the list, slices with the share of each. */
function barsOf<Name extends string>(spans: Spans<Name>, name: Name, { fromNs, toNs }: PlotSeries): Lane['bars'] {
  if (spans.isWhole) {
    return spans.list
      .filter((one) => one.name === name)
      .map((one) => ({ fromNs: one.fromNs, toNs: one.toNs, share: 1 }));
  }
  const { shares } = spans;
  const column = spans.names.indexOf(name);
  const bars: Lane['bars'] = [];
  for (let slice = 0; slice < shares.length; slice++) {
    const share = shares.sum(slice, column) / shares.widthNs;
    const begins = Math.max(fromNs, shares.originNs + slice * shares.widthNs);
    if (share === 0 || begins >= toNs) continue;
    bars.push({ fromNs: begins, toNs: Math.min(toNs, begins + shares.widthNs), share: Math.min(1, share) });
  }
  return bars;
}

function notes({ hasRecords }: PlotSeries, { limits }: FlowSeries): string[] {
  const source = hasRecords.sender
    ? 'by the sender’s own record'
    : 'inferred from packets alone: what they cannot tell is unknown';
  return [
    limits.isWhole ? source : `${source} · where spans are shorter than a pixel, strength is the share of the time`,
  ];
}

function table(lanes: readonly Lane[], span: number): FigureTable {
  return {
    caption: 'Who limited whom, and for how long',
    columns: ['what', 'whose doing', 'how long', 'share'],
    rows: lanes.map(({ name, party, totalNs }) => [name, party, duration(totalNs), percent(totalNs / span)]),
  };
}

export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(100 * share).toFixed(1)} %`;
}
