// What Wireshark says of one packet: the flags of its field tcp.analysis.flags and the numbers beside them.

/** Names are those of the fields, `tcp.analysis.…`, in the order in which Wireshark tells them; each has a bit. */
export const FLAG_NAMES = [
  'reused_ports',
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'lost_segment',
  'ack_lost_segment',
  'window_update',
  'window_full',
  'keep_alive',
  'keep_alive_ack',
  'duplicate_ack',
  'zero_window_probe',
  'zero_window',
  'zero_window_probe_ack',
] as const;

export type FlagName = (typeof FLAG_NAMES)[number];

export const REUSED_PORTS = 1;
/** Of fast and spurious retransmissions too. */
export const RETRANSMISSION = 1 << 1;
export const FAST_RETRANSMISSION = 1 << 2;
export const SPURIOUS_RETRANSMISSION = 1 << 3;
export const OUT_OF_ORDER = 1 << 4;
export const LOST_SEGMENT = 1 << 5;
export const ACK_LOST_SEGMENT = 1 << 6;
export const WINDOW_UPDATE = 1 << 7;
export const WINDOW_FULL = 1 << 8;
export const KEEP_ALIVE = 1 << 9;
export const KEEP_ALIVE_ACK = 1 << 10;
export const DUPLICATE_ACK = 1 << 11;
export const ZERO_WINDOW_PROBE = 1 << 12;
export const ZERO_WINDOW = 1 << 13;
export const ZERO_WINDOW_PROBE_ACK = 1 << 14;

export function flagBit(name: FlagName): number {
  return 1 << FLAG_NAMES.indexOf(name);
}

/** The names of the flags in a mask, in the order of FLAG_NAMES. */
export function flagNames(flags: number): FlagName[] {
  return FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0);
}

/** Wireshark's expert severities. */
export type Severity = 'chat' | 'note' | 'warning';

const WARNINGS = LOST_SEGMENT | ACK_LOST_SEGMENT | OUT_OF_ORDER | WINDOW_FULL | ZERO_WINDOW;

/** The severest of what the flags are to Wireshark's expert; undefined if there are none. */
export function severityOf(flags: number): Severity | undefined {
  if ((flags & WARNINGS) !== 0) return 'warning';
  if ((flags & ~WINDOW_UPDATE) !== 0) return 'note';
  return flags === 0 ? undefined : 'chat';
}

/** tcp.completeness: what was seen of a conversation. 31, 47 and 63 are complete ones. */
export const COMPLETENESS = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, rst: 32 } as const;

/** Wireshark's scale factor where the handshake was not seen, and where no scaling was agreed upon. */
export const SCALE_UNKNOWN = -1;
export const SCALE_UNUSED = -2;

/**
 * Of one packet; reused for the next. A number that Wireshark does not show is 0, unless another is named. (Those that outgrow
 * 31 bits begin as -0, so that the engine keeps them as floating-point numbers.)
 */
export class Verdict {
  /** A mask of the flags. */
  flags = 0;
  /** tcp.seq, tcp.ack, tcp.nxtseq: counted from the initial sequence numbers, modulo 2^32; without ACK, `ack` is the field itself. */
  seq = -0;
  ack = -0;
  nextSeq = -0;
  /** tcp.window_size: scaled, but for SYNs and where the scale is not known. */
  windowSize = 0;
  /** tcp.window_size_scalefactor: a multiplier, SCALE_UNKNOWN or SCALE_UNUSED; 0 on SYNs, which have none. */
  scaleFactor = 0;
  bytesInFlight = -0;
  pushBytesSent = -0;
  /** The segment this acknowledges, and how long it took. */
  acksFrame = 0;
  ackRttNs = -0;
  /** From the SYN to the handshake's last ACK; shown only beside other verdicts. */
  initialRttNs = -0;
  /** Of retransmissions: since when the oldest segment that nobody acknowledged waits, and which that is. */
  rtoNs = -0;
  rtoFrame = 0;
  duplicateAckNumber = 0;
  duplicateAckFrame = 0;
  /** tcp.completeness, which is what was seen before this packet. */
  completeness = 0;
  /** False where Wireshark says nothing although it knows: the capture has not all of the packet's options. */
  isShown = true;

  clear(): void {
    this.flags = 0;
    this.bytesInFlight = 0;
    this.pushBytesSent = 0;
    this.acksFrame = 0;
    this.ackRttNs = 0;
    this.initialRttNs = 0;
    this.rtoNs = 0;
    this.rtoFrame = 0;
    this.duplicateAckNumber = 0;
    this.duplicateAckFrame = 0;
    this.isShown = true;
  }
}
