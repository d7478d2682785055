// What a connection has to tell its application: news, each told once, however often it happened since it was last asked.

export type ConnectionEvent =
  /** ESTABLISHED was reached. */
  | 'connected'
  /** There are octets to read that were not there before. */
  | 'readable'
  /** A write that found too little room may be tried again. */
  | 'writable'
  /** The peer's FIN has come: after what is still unread, the stream ends. */
  | 'peer-closed'
  /** Retransmission has gone on for longer than R1 (RFC 9293 §3.8.3, SHLD-9). */
  | 'not-delivering'
  /** The peer has urgent data, or more of it: `connection.urgent` octets are left to read (RFC 9293 §3.8.5, MUST-32). */
  | 'urgent'
  /** CLOSED or TIME-WAIT was reached; `connection.failure` says whether something went wrong. */
  | 'finished';

/** Why a connection ended otherwise than by two FINs. */
export type Failure =
  | 'refused' // RST in answer to our SYN
  | 'reset' // RST from the peer
  | 'timed-out' // R2: retransmissions, probes or keepalives stayed unanswered
  | 'user-timeout' // the user timeout passed (RFC 9293 §3.10.8)
  | 'aborted'; // our own abort

/** In the order of their bits. */
const EVENTS: readonly ConnectionEvent[] = [
  'connected',
  'readable',
  'writable',
  'peer-closed',
  'not-delivering',
  'urgent',
  'finished',
];

/** A table asked for so many names would be searched as a dictionary, for each segment that brings text. */
function bitOf(event: ConnectionEvent): number {
  switch (event) {
    case 'readable':
      return 2;
    case 'writable':
      return 4;
    case 'connected':
      return 1;
    case 'peer-closed':
      return 8;
    case 'not-delivering':
      return 16;
    case 'urgent':
      return 32;
    case 'finished':
      return 64;
  }
}

/** The news not told yet, as a set of bits: putting the same in twice costs nothing. */
export class EventSet {
  #bits = 0;

  get isEmpty(): boolean {
    return this.#bits === 0;
  }

  add(event: ConnectionEvent): void {
    this.#bits |= bitOf(event);
  }

  /** It is no longer true. */
  drop(event: ConnectionEvent): void {
    this.#bits &= ~bitOf(event);
  }

  /** Takes one out, in the order above. */
  take(): ConnectionEvent | undefined {
    if (this.#bits === 0) return undefined;
    const index = 31 - Math.clz32(this.#bits & -this.#bits);
    this.#bits &= ~(1 << index);
    return EVENTS[index];
  }
}
