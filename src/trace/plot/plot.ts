// Every kind of picture, by name.
import { blameFigure } from './blame-figure.ts';
import { bufferFigure } from './buffer-figure.ts';
import { type Figure, type FigureOptions } from './frame.ts';
import { rttFigure } from './rtt-figure.ts';
import { sequenceFigure } from './sequence-figure.ts';
import { type PlotSeries } from './series.ts';
import { throughputFigure } from './throughput-figure.ts';
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
  return FIGURES[kind](series, options);
}

/** The sender's series with what the receiver's tells better: its buffer, its reads, what it offered. */
export function joined(sender: PlotSeries, receiver: PlotSeries): PlotSeries {
  const at = sender.flows[1].sentOctets > sender.flows[0].sentOctets ? 1 : 0;
  const there = receiver.flows[1].sentOctets > receiver.flows[0].sentOctets ? 1 : 0;
  const flow = sender.flows[at];
  const { buffer, reads, offerings, outOfOrder } = receiver.flows[there];
  const both = { ...flow, buffer, reads, offerings, outOfOrder };
  return {
    ...sender,
    flows: at === 0 ? [both, sender.flows[1]] : [sender.flows[0], both],
    vantage: 'both',
    hasRecords: { sender: sender.hasRecords.sender, receiver: receiver.hasRecords.receiver },
  };
}
