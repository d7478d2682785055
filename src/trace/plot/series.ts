// What a capture gives to be drawn, as plain columns: a `FlowSeries` per direction of one connection. Times are nanoseconds as in
// the capture; octets are counted from the initial sequence number, which is 0, and do not wrap. Every column is bounded
// (rows.ts, slices.ts), whatever the capture's length.
import { type SilenceReason, SILENCE_REASONS } from '../../tcp/index.ts';
import { type Endpoint } from '../vocabulary.ts';
import { Rows } from './rows.ts';
import { Slices } from './slices.ts';

/** What a segment carries, as far as a picture distinguishes. */
export type DrawnKind = 'text' | 'retransmission' | 'probe';
export const DRAWN_KINDS: readonly DrawnKind[] = ['text', 'retransmission', 'probe'];

/** tcptrace's letters: zero window, probe, retransmission, selective acknowledgment, third duplicate ACK. */
export type MarkLetter = 'Z' | 'P' | 'R' | 'S' | '3';
export const MARK_LETTERS: readonly MarkLetter[] = ['Z', 'P', 'R', 'S', '3'];

export const MARK_MEANINGS: Readonly<Record<MarkLetter, string>> = {
  Z: 'zero window',
  P: 'probe',
  R: 'retransmission',
  S: 'selective ACK',
  '3': 'third duplicate ACK',
};

/**
 * What held a sender back: the core's own word; from packets alone also `idle`, nothing in flight, and `unknown`, octets in flight
 * and room for more.
 */
export type DrawnLimit = SilenceReason | 'idle' | 'unknown';
export const DRAWN_LIMITS: readonly DrawnLimit[] = [...SILENCE_REASONS, 'idle', 'unknown'];

/** Spans of time with a name. Past the limit only `shares` knows the later ones. */
export class Spans<Name extends string> {
  readonly names: readonly Name[];
  readonly list: { fromNs: number; toNs: number; name: Name }[] = [];
  /** How long each name held, per slice. */
  readonly shares: Slices;
  /** All of them, also those that are not in the list. */
  count = 0;
  readonly totalsNs: number[];
  readonly #limit: number;

  constructor(names: readonly Name[], limit = 4_000) {
    this.names = names;
    this.shares = new Slices(names.length);
    this.totalsNs = names.map(() => 0);
    this.#limit = limit;
  }

  /** The list holds every one. */
  get isWhole(): boolean {
    return this.count === this.list.length;
  }

  push(name: Name, fromNs: number, toNs: number): void {
    if (toNs <= fromNs) return;
    const column = this.names.indexOf(name);
    if (column < 0) return;
    this.totalsNs[column]! += toNs - fromNs;
    this.shares.spread(fromNs, toNs, column);
    const last = this.list.at(-1);
    if (this.isWhole && last !== undefined && last.name === name && last.toNs === fromNs) {
      last.toNs = toNs; // a moment's interruption is none
      return;
    }
    this.count++;
    if (this.list.length < this.#limit) this.list.push({ fromNs, toNs, name });
  }

  /** What lies beyond this instant counts no longer. Only the last spans can. */
  endAt(endNs: number): void {
    for (let last = this.list.at(-1); last !== undefined && last.toNs > endNs; last = this.list.at(-1)) {
      this.totalsNs[this.names.indexOf(last.name)]! -= last.toNs - Math.max(endNs, last.fromNs);
      if (last.fromNs < endNs) {
        last.toNs = endNs;
        return;
      }
      this.list.pop();
      this.count--;
    }
  }
}

/** One direction: what `from` sent, and what the other end said of it. */
export interface FlowSeries {
  /** Which end sends; an index of `PlotSeries.ends`. */
  readonly from: 0 | 1;
  /** Segments with text by kind: time, first octet, after the last octet. */
  readonly segments: Readonly<Record<DrawnKind, Rows>>;
  /** Stairs: time, SEG.ACK; time, the right edge SEG.ACK + SEG.WND, scaled. */
  readonly acks: Rows;
  readonly edges: Rows;
  /** Blocks of SACK options: time, start, end. */
  readonly sacks: Rows;
  /** Where each letter stands: time, octet. */
  readonly marks: Readonly<Record<MarkLetter, Rows>>;
  /** Stairs: time, octets: the window offered, and octets in flight. */
  readonly window: Rows;
  readonly flight: Rows;
  /** Stairs: time, octets: cwnd and ssthresh; of the sender's own records only, where it has congestion control. */
  readonly cwnd: Rows;
  readonly ssthresh: Rows;
  /** When fast recovery began (`fast`), when the retransmission timer took all for lost (`timeout`): time, cwnd before it. */
  readonly recoveries: Readonly<Record<'fast' | 'timeout', Rows>>;
  /** When the window was zero. */
  readonly zero: Spans<'zero'>;
  /** Stairs: time, octets of text so far: those that left, each time; those acknowledged. */
  readonly sent: Rows;
  readonly delivered: Rows;
  /** The same, of what the application of the other end read; of its records only. */
  readonly reads: Rows;
  /** Time, nanoseconds. Of `rto` those set when the timer started. */
  readonly rtt: Rows;
  readonly srtt: Rows;
  readonly rto: Rows;
  /** When the retransmission timer went off: time, nanoseconds it had been set to. */
  readonly timeouts: Rows;
  /** What held `from` back. */
  readonly limits: Spans<DrawnLimit>;
  /** What the receiving end's records say of its buffer: time, unread, offered, withheld, held out of order. */
  readonly buffer: Rows;
  /** What the receiving end held out of order, from packets: time, octets. */
  readonly outOfOrder: Rows;
  /** What the receiving end offered: open, withheld, zero; of its records only. */
  readonly offerings: Spans<'open' | 'withheld' | 'zero'>;
  /** Octets of text it sent, each time; and the octets that arrived in order. */
  sentOctets: number;
  deliveredOctets: number;
  /** Octets that the other end's application read, by its records. */
  readOctets: number;
}

export type DrawnFrom = 'sender' | 'receiver' | 'both' | 'middle' | 'unknown';

/** All that can be drawn of one connection. */
export interface PlotSeries {
  readonly ends: readonly [Endpoint, Endpoint];
  /** Two flows; `flows[i]` is what `ends[i]` sent. */
  readonly flows: readonly [FlowSeries, FlowSeries];
  /** Which flow is drawn, where it is not the one with the most text. */
  readonly drawn?: 0 | 1;
  /** The first and the last instant that is drawn. */
  readonly fromNs: number;
  readonly toNs: number;
  readonly packets: number;
  /** Where the capture was taken, seen from the end whose octets are drawn. */
  readonly vantage: DrawnFrom;
  /** sash's own records of the sender, of the receiver: reasons and buffers are exact. */
  readonly hasRecords: { readonly sender: boolean; readonly receiver: boolean };
  /** Without both SYNs windows are not scaled and counts begin where the capture does. */
  readonly hasHandshake: boolean;
}

/** The flow that is drawn: the one with the most text, if none was chosen. */
export function mainFlow({ flows, drawn }: PlotSeries): FlowSeries {
  if (drawn !== undefined) return flows[drawn];
  return flows[1].sentOctets > flows[0].sentOctets ? flows[1] : flows[0];
}

export function emptyFlow(from: 0 | 1): FlowSeries {
  return {
    from,
    segments: { text: new Rows(3), retransmission: new Rows(3), probe: new Rows(3) },
    acks: new Rows(2),
    edges: new Rows(2),
    sacks: new Rows(3),
    marks: { Z: new Rows(2), P: new Rows(2), R: new Rows(2), S: new Rows(2), '3': new Rows(2) },
    window: new Rows(2),
    flight: new Rows(2),
    cwnd: new Rows(2),
    ssthresh: new Rows(2),
    recoveries: { fast: new Rows(2), timeout: new Rows(2) },
    zero: new Spans(['zero']),
    sent: new Rows(2),
    delivered: new Rows(2),
    reads: new Rows(2),
    rtt: new Rows(2),
    srtt: new Rows(2),
    rto: new Rows(2),
    timeouts: new Rows(2),
    limits: new Spans(DRAWN_LIMITS),
    buffer: new Rows(5),
    outOfOrder: new Rows(2),
    offerings: new Spans(['open', 'withheld', 'zero']),
    sentOctets: 0,
    deliveredOctets: 0,
    readOctets: 0,
  };
}
