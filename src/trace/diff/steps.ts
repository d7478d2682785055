// What one capture shows of a connection as a list of steps that can be held against another's: sequence numbers are counted from
// the initial ones, times from the first packet; ports, initial sequence numbers and timestamps are left out, for they differ
// from run to run and mean nothing.
import { FIN, RST, type Seq, seqDiff, SYN } from '../../tcp/index.ts';
import {
  type Between,
  type PassingBetween,
  type Recorded,
  type SegmentKind,
  type Side,
  type Studied,
  type Subject,
  type Track,
} from '../track/index.ts';

/** Steps of one connection that are kept; about 200 octets each. */
export const MOST_STEPS = 4_000_000;

/** One segment. */
export interface Step {
  /** The frame's number in its file. */
  packet: number;
  /** Since the connection's first packet. */
  atNs: number;
  side: Side;
  kind: SegmentKind;
  flags: number;
  /** Relative to the initial sequence numbers, and never wrapping. */
  seq: number;
  ack: number;
  /** Octets of text. */
  lengthOctets: number;
  /** Octets offered; in the header's units where the scale is not known. */
  wndOctets: number;
  /** Of who sent it, before it left: octets in flight, and SND.WND. */
  flightOctets: number;
  sendWndOctets: number;
}

/** Which octets it is about: those it carries, or those it acknowledges. `SYN`, `FIN` and `RST` are none like others. */
export function subjectOf({ side, flags, seq, ack, lengthOctets }: Step): string {
  const control = flags & (SYN | FIN | RST);
  if (lengthOctets > 0 || control !== 0) return `${side} ${control} ${seq}+${lengthOctets}`;
  return `${side} ${ack}`;
}

export class Steps implements Studied<PassingBetween & { number: number }> {
  readonly list: Step[] = [];
  /** Steps that were one too many. */
  leftOut = 0;
  readonly track: Track;
  readonly between: Between;
  readonly recorded: Recorded | undefined;
  readonly #places = [new Place(), new Place()] as const;

  constructor(track: Track, { between, recorded }: Subject) {
    this.track = track;
    this.between = between;
    this.recorded = recorded;
  }

  packet(packet: PassingBetween & { number: number }): void {
    if (this.list.length === MOST_STEPS) {
      this.leftOut++;
      return;
    }
    const { side, seg } = packet;
    const { what } = this.track;
    const me = this.track.ends[side];
    const peer = this.track.ends[side === 0 ? 1 : 0];
    this.list.push({
      packet: packet.number,
      atNs: packet.atNs - this.track.beganAt,
      side,
      kind: what.kind,
      flags: seg.flags,
      seq: this.#places[side].of(seg.seq, me.iss),
      ack: peer.isPlaced ? this.#places[side === 0 ? 1 : 0].of(seg.ack, peer.iss) : 0,
      lengthOctets: packet.lengthOctets,
      wndOctets: seg.has(SYN) || me.windShift < 0 ? seg.wnd : seg.wnd << me.windShift,
      flightOctets: what.flightBefore,
      sendWndOctets: what.wndBefore,
    });
  }
}

/** Sequence numbers of one end, counted on over 2^32. */
class Place {
  #last: Seq | undefined;
  #count = 0;

  of(at: Seq, iss: Seq): number {
    this.#count += this.#last === undefined ? seqDiff(at, iss) : seqDiff(at, this.#last);
    this.#last = at;
    return this.#count;
  }
}
