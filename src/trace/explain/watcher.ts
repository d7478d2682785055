// Follows one connection, from one point of view, to the moment that is asked for: what both ends were then, the packets before
// and after it, and what followed at once.
import { seqAdd, seqDiff, SYN, URG } from '../../tcp/index.ts';
import { Observation, type PassingBetween, type Side, type Studied, type Subject, type Track } from '../track/index.ts';
import { type Happening } from '../vocabulary.ts';
import { Teller } from './told.ts';
import { type EndView, type PacketView, viewEnd } from './view.ts';

/** What is asked for: a moment, or a packet. */
export type Asked = { atNs: number } | { packet: number };

/** A stretch of time in which nothing left an end, or in which something did. */
export interface Moment {
  /** Of both ends, just before. */
  ends: [EndView, EndView];
  before: PacketView | undefined;
  /** The packet asked for, or the first after the moment asked for. */
  packet: PacketView | undefined;
  /** The last packet of either end before, and the first after the moment. */
  lastOf: [PacketView | undefined, PacketView | undefined];
  nextOf: [PacketView | undefined, PacketView | undefined];
  /** What the recording tells of the same instant, after it: what the packet caused. */
  caused: Happening[];
}

/** Happenings of the same instant that are kept. */
const MOST_CAUSED = 50;

type Watched = PassingBetween & { readonly number: number };

export class Watcher implements Studied<Watched> {
  readonly track: Track;
  readonly subject: Subject;
  readonly #asked: Asked;
  readonly #teller = new Teller();
  readonly #lastOf: [PacketView | undefined, PacketView | undefined] = [undefined, undefined];
  readonly #zeroSince: [number | null, number | null] = [null, null];
  #ends: [EndView, EndView] | undefined;
  #before: PacketView | undefined;
  #moment: Moment | undefined;
  #isOver = false;
  #hasTold = false;

  constructor(track: Track, subject: Subject, asked: Asked) {
    this.track = track;
    this.subject = subject;
    this.#asked = asked;
  }

  /** What was asked for; of a moment after the last packet, what was left then. */
  get moment(): Moment | undefined {
    if (this.#moment !== undefined || 'packet' in this.#asked) return this.#moment;
    return this.#freeze(undefined);
  }

  /** A packet was asked for, and this is it. */
  get isFound(): boolean {
    return this.#moment !== undefined;
  }

  packet(packet: Watched): void {
    if (this.#isOver) return;
    const view = this.#view(packet);
    const { side } = packet;
    if (this.#moment !== undefined) {
      if ('atNs' in this.#asked) this.#moment.packet ??= view;
      this.#moment.nextOf[side] ??= view;
      this.#isOver = this.#moment.nextOf.every((each) => each !== undefined);
      return;
    }
    if (this.#isAsked(packet)) {
      this.#moment = this.#freeze(view);
      if ('atNs' in this.#asked) this.#moment.nextOf[side] = view;
      return;
    }
    this.#lastOf[side] = view;
    this.#before = view;
    this.#note();
  }

  happening(happening: Happening): void {
    this.#hasTold = true;
    const moment = this.#moment;
    if (moment !== undefined) {
      if (happening.atNs === moment.packet?.atNs && moment.caused.length < MOST_CAUSED) moment.caused.push(happening);
      return;
    }
    if ('atNs' in this.#asked && happening.atNs > this.#asked.atNs) {
      this.#moment = this.#freeze(undefined);
      return;
    }
    this.#teller.take(happening);
    this.#note();
  }

  #isAsked(packet: Watched): boolean {
    return 'packet' in this.#asked ? packet.number === this.#asked.packet : packet.atNs > this.#asked.atNs;
  }

  #freeze(packet: PacketView | undefined): Moment {
    return {
      ends: this.#ends ?? [this.#viewEnd(0), this.#viewEnd(1)],
      before: this.#before,
      packet,
      lastOf: [...this.#lastOf],
      nextOf: [undefined, undefined],
      caused: [],
    };
  }

  /** What both ends are now, in case the next packet is the one. */
  #note(): void {
    for (const side of [0, 1] as const) {
      const { hasWindow, wnd } = this.track.ends[side];
      if (!hasWindow || wnd > 0) this.#zeroSince[side] = null;
      else this.#zeroSince[side] ??= this.track.now;
    }
    this.#ends = [this.#viewEnd(0), this.#viewEnd(1)];
  }

  #viewEnd(side: Side): EndView {
    const isHere = this.#hasTold && this.subject.recorded?.side === side;
    const told = isHere ? this.#teller.present : undefined;
    const at = 'atNs' in this.#asked ? this.#asked.atNs : this.track.now;
    return viewEnd(this.track, side, { told, zeroSinceNs: this.#zeroSince[side], at });
  }

  #view({ number, atNs, side, seg, lengthOctets }: Watched): PacketView {
    const me = this.track.ends[side];
    const peer = this.track.ends[side === 0 ? 1 : 0];
    return {
      packet: number,
      atNs,
      side,
      flags: seg.flags,
      seq: seqDiff(seg.seq, me.iss),
      ack: peer.isPlaced ? seqDiff(seg.ack, peer.iss) : 0,
      up: seg.has(URG) ? seqDiff(seqAdd(seg.seq, seg.up), me.iss) : null,
      lengthOctets,
      wndOctets: seg.has(SYN) || me.windShift < 0 ? seg.wnd : seg.wnd << me.windShift,
      what: Object.assign(new Observation(), this.track.what),
    };
  }
}
