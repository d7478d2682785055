// What a capture consists of: TCP segments, each with where and when it was seen, in conversations.
import { BEGINNING, type Instant, Segment } from '../../tcp/index.ts';
import { decodeUtf8 } from '../utf8.ts';
import { type Endpoint, type Happening } from '../vocabulary.ts';

/** The two ends of one TCP conversation. `ends[0]` sent the first packet seen. */
export class Conversation {
  /** Its number in the file, from 0: Wireshark's tcp.stream. */
  readonly index: number;
  /** A small number that no other conversation known at the same time has: for tables beside it. */
  readonly slot: number;
  readonly ends: readonly [Endpoint, Endpoint];
  /** The conversation whose ports it uses anew: a SYN began it although the ends had one already. */
  readonly reusesPortsOf: number | undefined;

  constructor(index: number, slot: number, ends: readonly [Endpoint, Endpoint], reusesPortsOf?: number) {
    this.index = index;
    this.slot = slot;
    this.ends = ends;
    this.reusesPortsOf = reusesPortsOf;
  }
}

const NOBODY: Endpoint = { address: '', port: 0 };

/** One TCP segment of a capture, and where it was seen. Reused: valid while it is being taken. */
export class CapturedPacket {
  /** The frame's number in the file, from 1, as Wireshark counts: frames that are not TCP count too. */
  number = 0;
  /** Nanoseconds since Instant 0 of a recording, else since the first frame; as the file says, so it may step back. */
  atNs: Instant = BEGINNING;
  /** The same by the file's timestamp, which a recorder delays where two would be equal. */
  stampNs: Instant = BEGINNING;
  /** The file's timestamp is 0, which is 1970 or none. */
  isUndated = false;
  interfaceId = 0;
  direction: 'in' | 'out' | 'unknown' = 'unknown';
  /** Header and options as far as they were captured. `text` is a view of what was captured of it, `purpose` what sash recorded. */
  readonly seg = new Segment();
  /** Octets of text it had on the wire, by the IP header's length, however few were captured. */
  lengthOctets = 0;
  /** All options are here. */
  isHeaderWhole = true;
  /** Octets of text that are here. */
  capturedOctets = 0;
  conversation = new Conversation(0, 0, [NOBODY, NOBODY]);
  /** Which end of the conversation sent it. */
  side: 0 | 1 = 0;
  /** The raw packet: IP header, TCP header, and the end of what was captured. */
  octets: Uint8Array = this.seg.text;
  ipAt = 0;
  tcpAt = 0;
  endAt = 0;
  /** Where the comment lies; no octets if there is none. */
  commentAt = 0;
  commentOctets = 0;

  /** The comment on it, the first if there are several. */
  get comment(): string | undefined {
    if (this.commentOctets === 0) return undefined;
    return decodeUtf8(this.octets, this.commentAt, this.commentAt + this.commentOctets);
  }
}

/** Takes what a capture holds, in the order of the file. */
export interface CaptureSink {
  packet(packet: CapturedPacket): void;
  /** A record of sash's own; segments come as packets. */
  happening?(happening: Happening): void;
  /** No more packets of it will come: its ports are used anew, or it was silent longest of too many. */
  forgotten?(conversation: Conversation): void;
}
