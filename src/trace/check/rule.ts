// What a rule is: a clause, and a judge for each end of each connection who looks at packets and says where it was broken.
import { type CapturedPacket } from '../capture/index.ts';
import { type Observation, type Track, type TrackedEnd } from '../track/index.ts';
import { type Json } from '../vocabulary.ts';

export interface Rule {
  /** RFC 9293's requirement (MUST-39, SHLD-14), or a short name where it has none. */
  readonly id: string;
  readonly clause: string;
  /** What must hold, in a sentence. */
  readonly what: string;
  /** Where it can be judged: anywhere; or only where the capture was taken at the end whose behaviour it is. */
  readonly where: 'anywhere' | 'at-the-end';
  make(): Judge;
}

/** A packet, as a judge gets it: `me` is the end that is judged, whoever sent the packet. */
export interface Seen {
  packet: CapturedPacket;
  what: Observation;
  me: TrackedEnd;
  peer: TrackedEnd;
  track: Track;
  /** The capture is a recording made at this end: segments are as the end made them, and nothing is merged or split. */
  isOwn: boolean;
  /** What the recording says this end was made with; null where it is none. */
  configuration: { readonly [name: string]: Json } | null;
  /** Why its sending side is silent, by the recording's own word at that moment. */
  reason: string | undefined;
  /** When its life was over, by the recording's own word. */
  recordedEndNs: number | undefined;
  /** The connection between the same ports before this one, if the capture has one. */
  former: Former | undefined;
}

/** What is left of a connection whose ports are used anew. */
export interface Former {
  end: TrackedEnd;
  beganAt: number;
  lastAt: number;
}

export interface Finding {
  packet: number;
  atNs: number;
  why: string;
}

/** Examples kept. */
const MOST = 3;

export abstract class Judge {
  /** How often the rule was put to the test, and how often it was broken. */
  tried = 0;
  failed = 0;
  /** Why it may look broken without being so, where that was met. */
  doubt = '';
  doubtful = 0;
  readonly examples: Finding[] = [];

  /** Whether it does anything with what its end sends, or hears. */
  looksAt(what: 'sent' | 'heard'): boolean {
    return this[what] !== Judge.prototype[what];
  }

  /** A packet that this end sent, after the track took it. */
  sent(_seen: Seen): void {}

  /** A packet that its peer sent. */
  heard(_seen: Seen): void {}

  /** The capture ends; `seen` is of the last packet. */
  ends(_seen: Seen): void {}

  protected fail(seen: Seen, why: string): void {
    this.failed++;
    if (this.examples.length < MOST) this.examples.push({ packet: seen.packet.number, atNs: seen.what.now, why });
  }

  protected wonder(why: string): void {
    this.doubtful++;
    this.doubt = why;
  }
}
