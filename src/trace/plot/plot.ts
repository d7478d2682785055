// Every kind of picture, by name.
import { blameFigure } from './blame-figure.ts';
import { bufferFigure } from './buffer-figure.ts';
import { type Figure, type FigureOptions } from './frame.ts';
import { rttFigure } from './rtt-figure.ts';
import { sequenceFigure } from './sequence-figure.ts';
import { type FlowSeries, type PlotSeries } from './series.ts';
import { throughputFigure } from './throughput-figure.ts';
import { bothDirections, turned } from './two-directions.ts';
import { windowFigure } from './window-figure.ts';

/** Pictures over time. The ladder diagram is of another kind: see ladder.ts. */
export type FigureKind = 'sequence' | 'window' | 'throughput' | 'rtt' | 'buffer' | 'blame';
export const FIGURE_KINDS: readonly FigureKind[] = ['sequence', 'window', 'throughput', 'rtt', 'buffer', 'blame'];

const FIGURES: Readonly<Record<FigureKind, (series: PlotSeries, options?: FigureOptions) => Figure>> = {
  sequence: sequenceFigure,
  window: windowFigure,
  throughput: throughputFigure,
  rtt: rttFigure,
  buffer: bufferFigure,
  blame: blameFigure,
};

export function figureOf(kind: FigureKind, series: PlotSeries, options: FigureOptions = {}): Figure {
  const draw = FIGURES[kind];
  if (options.direction === 'both') return bothDirections(draw, series, options, kind === 'blame');
  return draw(options.direction === 'other' ? turned(series) : series, options);
}

/**
 * Each direction as its sender has it, with what its receiver's series tells better: its buffer, its reads, what it offered. `sender`
 * is the series of the end that sent more.
 */
export function joined(sender: PlotSeries, receiver: PlotSeries): PlotSeries {
  const at = sender.flows[1].sentOctets > sender.flows[0].sentOctets ? 1 : 0;
  const there = receiver.flows[1].sentOctets > receiver.flows[0].sentOctets ? 1 : 0;
  const [otherAt, otherThere] = [at === 0 ? 1 : 0, there === 0 ? 1 : 0] as const;
  const main = received(sender.flows[at], receiver.flows[there]);
  const other = { ...received(receiver.flows[otherThere], sender.flows[otherAt]), from: otherAt };
  return {
    ...sender,
    flows: at === 0 ? [main, other] : [other, main],
    vantage: 'both',
    hasRecords: { sender: sender.hasRecords.sender, receiver: receiver.hasRecords.receiver },
  };
}

function received(sent: FlowSeries, { buffer, reads, offerings, outOfOrder }: FlowSeries): FlowSeries {
  return { ...sent, buffer, reads, offerings, outOfOrder };
}
