// Round-trip times: each sample (Karn's rule: of octets sent once), the smoothed one of RFC 6298, and the retransmission timeout
// where a recording says it. If the timeout lies far above the samples the scale is logarithmic, and says so.
import { duration } from '../words.ts';
import {
  type Figure,
  type FigureOptions,
  type FigureTable,
  Frame,
  grouped,
  looks,
  rounded,
  type Spec,
  timeUnit,
  yAxis,
} from './frame.ts';
import { type Rows } from './rows.ts';
import { mainFlow, type PlotSeries } from './series.ts';
import { leastRtt } from './throughput-figure.ts';
import { mostOf } from './window-figure.ts';

/** Recordings tell of a timer that starts, and not that acknowledgments set one that runs anew, to what the RTO is by then. */
const RTO = 'timeout (RTO) when its timer started';

/** From this ratio between the highest and the lowest on, the scale is logarithmic. */
const LOGARITHMIC = 25;

export function rttFigure(series: PlotSeries, options: FigureOptions = {}): Figure {
  const frame = new Frame(series, options);
  const flow = mainFlow(series);
  const { theme } = frame;
  const most = Math.max(mostOf(flow.rtt, 1), mostOf(flow.rto, 1), 1);
  const least = leastRtt(flow) ?? most;
  const isLogarithmic = most / least > LOGARITHMIC;
  const unit = isLogarithmic ? timeUnit(least * 20) : timeUnit(most);
  const all = looks([
    { name: 'smoothed (SRTT)', color: theme.blue },
    ...(flow.rto.length > 0 ? [{ name: RTO, color: theme.vermillion, dash: [6, 3] as const }] : []),
  ]);
  const [low, high] = [least / unit.size / 1.5, (most / unit.size) * 1.5];
  const y = isLogarithmic
    ? yAxis(
        `${unit.name}, logarithmic`,
        { format: ',~g', values: ticks(low, high) },
        { type: 'log', zero: false, nice: false, domain: [rounded(low), rounded(high)] },
      )
    : yAxis(unit.name);
  const encoding = { x: frame.x(), y };
  const layer: Spec[] = [
    {
      data: { values: frame.data(flow.rtt, [['y', unit.size]]) },
      mark: { type: 'point', filled: true, size: flow.rtt.length > 500 ? 8 : 20, color: theme.sky, opacity: 0.75 },
      encoding,
    },
    {
      data: {
        values: [
          ...frame.data(flow.srtt, [['y', unit.size]], { what: 'smoothed (SRTT)' }),
          ...rto(frame, flow.rto, unit.size),
        ],
      },
      mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.75 },
      encoding: { ...encoding, ...all },
    },
  ];
  if (flow.timeouts.length > 0) {
    layer.push({
      data: { values: frame.data(flow.timeouts, [['y', unit.size]]) },
      mark: { type: 'point', shape: 'cross', angle: 45, size: 90, filled: true, color: theme.red },
      encoding,
    });
  }
  return frame.figure('round-trip times', notes(series), layer, table(series));
}

/** 1, 2, 5, 10, 20 … between the two; 1, 10, 100 … if they are far apart. */
function ticks(low: number, high: number): number[] {
  const steps = high / low > 2_000 ? [1] : [1, 2, 5];
  const values: number[] = [];
  let size = 1;
  while (size > low) size /= 10;
  for (; size <= high; size *= 10) {
    for (const step of steps) if (step * size >= low && step * size <= high) values.push(rounded(step * size));
  }
  return values;
}

function rto(frame: Frame, rows: Rows, unit: number): Spec[] {
  return rows.length === 0 ? [] : frame.stairs(rows, unit, RTO);
}

function notes(series: PlotSeries): string[] {
  const { rtt, timeouts, rto: known } = mainFlow(series);
  const parts = [`dots: ${grouped(rtt.length + rtt.thinned)} samples`];
  const gone = timeouts.length + timeouts.thinned;
  if (gone > 0) parts.push(gone === 1 ? 'cross: a timeout' : `crosses: ${grouped(gone)} timeouts`);
  if (known.length === 0) parts.push('the retransmission timeout is not in the capture');
  if (series.vantage === 'receiver') parts.push('from here to the receiver and back');
  return [parts.join(' · ')];
}

function table(series: PlotSeries): FigureTable {
  const { rtt, srtt, rto: set, timeouts } = mainFlow(series);
  return {
    caption: 'What the picture of round-trip times shows',
    columns: ['what', 'how much'],
    rows: [
      ['samples', grouped(rtt.length + rtt.thinned)],
      ['least', of(leastRtt(mainFlow(series)))],
      ['greatest', of(mostOf(rtt, 1))],
      ['smoothed, at the end', of(srtt.last(1))],
      ['retransmission timeout, at the end', of(set.last(1))],
      ['timeouts', grouped(timeouts.length + timeouts.thinned)],
    ],
  };
}

function of(value: number | undefined): string {
  return value === undefined || value <= 0 ? 'not known' : duration(Math.round(value));
}
