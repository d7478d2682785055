// Time-sequence graphs for xplot, in tcptrace's vocabulary (tcptrace 6.6.7, `tcptrace -S`): one for each direction of each connection.
//   white line, darrow, uarrow   a segment's text; with PSH a diamond and a dot in the place of the upper arrow
//   green, dtick                 what is acknowledged, as a staircase; an acknowledgment that repeats
//   yellow, utick                the right edge of the window, as a staircase; an edge that repeats
//   red R, orange P, magenta Z   sent again; a zero-window probe; a zero window
//   green 3, purple S            the third duplicate acknowledgment; what a SACK option reports
//   pink O                       text that was not seen before, though later text was: it came out of order
import { type Direction, type Happening } from '../vocabulary.ts';
import { Connections, type ConnectionView, opposite, type SegmentSeen } from './connections.ts';
import { Graph } from './xplot-graph.ts';

/** Which graph a piece of text belongs to. */
export interface XplotGraph {
  readonly conversation: number;
  readonly interfaceId: number;
  /** Whether its data are those of the end that was seen to send first, `a` in tcptrace's names. */
  readonly isFirst: boolean;
}

type Tell = (graph: XplotGraph, text: string) => void;

export class XplotExport {
  readonly #connections = new Connections();
  readonly #graphs = new Map<ConnectionView, Readonly<Record<Direction, Graph>>>();
  readonly #tell: Tell;
  #epochNs = 0n;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** The wall clock at Instant 0, for captures that are no recordings: those say it themselves. */
  set epochNs(epochNs: bigint) {
    this.#epochNs = epochNs;
  }

  take(happening: Happening): void {
    const view = this.#connections.take(happening);
    if (happening.type === 'recording') this.#epochNs = BigInt(happening.epochNs);
    if (happening.type !== 'segment') return;
    const { direction } = happening;
    const graphs = this.#of(view, happening);
    const at = seconds(this.#epochNs + BigInt(happening.atNs));
    const absolute = view.seq(happening);
    graphs[direction].data(at, absolute, happening);
    const ack = view.ack(happening);
    if (ack === undefined) return;
    const line = view.lines[opposite(direction)];
    const blocks = (happening.sacks ?? []).map(([start, end]) => [line.offset(start), line.offset(end)] as const);
    line.offset(happening.ack); // blocks lie beyond it, and may not be what later numbers are measured from
    graphs[opposite(direction)].acknowledged(
      at,
      { ack, blocks, wnd: view.windowOctets(happening) ?? happening.wnd },
      happening,
    );
  }

  /** Ends every graph. */
  end(): void {
    for (const graphs of this.#graphs.values()) for (const graph of [graphs.out, graphs.in]) graph.end();
  }

  #of(view: ConnectionView, segment: SegmentSeen): Readonly<Record<Direction, Graph>> {
    let graphs = this.#graphs.get(view);
    if (graphs !== undefined) return graphs;
    const { conversation, interfaceId } = view;
    const { source, destination } = view.path(segment);
    const ends = { [segment.direction]: [source, destination], [opposite(segment.direction)]: [destination, source] };
    const made = (direction: Direction): Graph => {
      const [from, to] = ends[direction]!.map(({ address, port }) => `${address}:${port}`);
      const graph = { conversation, interfaceId, isFirst: direction === segment.direction };
      return new Graph((text) => this.#tell(graph, text), `${from!}_==>_${to!}`);
    };
    graphs = { out: made('out'), in: made('in') };
    this.#graphs.set(view, graphs);
    return graphs;
  }
}

/** xplot's `timeval double`: seconds and microseconds. */
function seconds(ns: bigint): string {
  return `${ns / 1_000_000_000n}.${String((ns / 1_000n) % 1_000_000n).padStart(6, '0')}`;
}
