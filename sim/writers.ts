// What applications write, and when.
import { type Plan, Tempo } from '../src/app/index.ts';
import { type Connection, type Duration, type Instant, NEVER, NO_OCTETS } from '../src/tcp/index.ts';
import { octetsAt } from './stream.ts';

/** One end's writing. As `Application`: called after any news, returns when it wants to be called next. */
export interface Writer {
  serve(connection: Connection, now: Instant): Instant;
  /** Octets the application has made, whether or not they found room yet. */
  readonly offered: number;
  /** Octets that found room. */
  readonly written: number;
  /** All has been written. */
  readonly isDone: boolean;
  /** Its pace, where it has one that can be changed by hand. */
  readonly tempo?: Tempo | undefined;
}

/** The stream so far, and the writing of it, as far as there is room. */
class Out {
  written = NO_OCTETS;

  /** Writes up to the place `goal` of the stream, `chunk` octets at a time; true when it got there. */
  upTo(goal: number, chunk: number, connection: Connection, now: Instant): boolean {
    while (this.written < goal) {
      if (connection.tcb.isWriteWaiting) return false; // 'writable' will be the news
      const octets = octetsAt(this.written, Math.min(chunk, goal - this.written));
      const accepted = connection.write(octets, now);
      this.written += accepted;
      if (accepted < octets.length) return false;
    }
    return true;
  }
}

function mayWrite(connection: Connection): boolean {
  return connection.state !== 'CLOSED' && !connection.tcb.sendBuffer.isClosed;
}

/** As much as there is room for, until `total` octets are written; then closes. */
export class BulkWriter implements Writer {
  readonly #total: number;
  readonly #chunk: number;
  readonly #closes: boolean;
  readonly #out = new Out();

  constructor(total: number, { chunk = 65_536, closes = true } = {}) {
    this.#total = total;
    this.#chunk = chunk;
    this.#closes = closes;
  }

  get offered(): number {
    return this.#total;
  }

  get written(): number {
    return this.#out.written;
  }

  get isDone(): boolean {
    return this.written === this.#total;
  }

  serve(connection: Connection, now: Instant): Instant {
    if (!mayWrite(connection)) return NEVER;
    const isOut = this.#out.upTo(this.#total, this.#chunk, connection, now);
    // CLOSE in SYN-SENT deletes the connection with all that is queued (RFC 9293 §3.10.4).
    if (isOut && this.#closes && connection.state !== 'SYN-SENT') connection.close(now);
    return NEVER;
  }
}

/** At the pace of a plan, which begins when the connection is established; a pace that finds no room waits for it. */
export class PacedWriter implements Writer {
  readonly #total: number;
  readonly #plan: Plan;
  readonly #chunk: number | undefined;
  readonly #closes: boolean;
  readonly #out = new Out();
  #tempo: Tempo | undefined;
  #goal = 0;

  constructor(total: number, plan: Plan, { chunk, closes = true }: { chunk?: number; closes?: boolean } = {}) {
    this.#total = total;
    this.#plan = plan;
    this.#chunk = chunk;
    this.#closes = closes;
  }

  get offered(): number {
    return this.#goal;
  }

  get written(): number {
    return this.#out.written;
  }

  get isDone(): boolean {
    return this.written === this.#total;
  }

  get tempo(): Tempo | undefined {
    return this.#tempo;
  }

  serve(connection: Connection, now: Instant): Instant {
    if (!mayWrite(connection) || connection.state === 'SYN-SENT' || connection.state === 'SYN-RECEIVED') return NEVER;
    this.#tempo ??= new Tempo(this.#plan, this.#chunk, now);
    while (this.#out.upTo(this.#goal, 65_536, connection, now)) {
      if (this.isDone) {
        if (this.#closes) connection.close(now);
        return NEVER;
      }
      const allowed = Math.min(this.#tempo.allowance(now), this.#total - this.#goal, 65_536);
      if (allowed === 0) return Math.max(this.#tempo.nextAt(now), now + 1);
      this.#goal += allowed;
      this.#tempo.moved(allowed);
    }
    return NEVER;
  }
}

/** One write of an application that writes by the clock. */
export interface Message {
  /** After the connection is established. */
  at: Duration;
  octets: number;
}

/** Writes at given times: keystrokes, ticks, bursts. */
export class TimedWriter implements Writer {
  readonly #messages: readonly Message[];
  readonly #closes: boolean;
  readonly #out = new Out();
  #beganAt: Instant | undefined;
  #next = 0;
  #goal = 0;

  constructor(messages: readonly Message[], { closes = true } = {}) {
    this.#messages = messages;
    this.#closes = closes;
  }

  /** `count` writes of `octets` each, one every `every`. */
  static keystrokes(count: number, every: Duration, octets = 1, closes = true): TimedWriter {
    return new TimedWriter(
      Array.from({ length: count }, (_, i) => ({ at: i * every, octets })),
      { closes },
    );
  }

  get offered(): number {
    return this.#goal;
  }

  get written(): number {
    return this.#out.written;
  }

  get isDone(): boolean {
    return this.#next === this.#messages.length && this.written === this.#goal;
  }

  serve(connection: Connection, now: Instant): Instant {
    if (!mayWrite(connection) || connection.state === 'SYN-SENT' || connection.state === 'SYN-RECEIVED') return NEVER;
    this.#beganAt ??= now;
    const isOut = this.#out.upTo(this.#goal, 65_536, connection, now);
    const next = this.#messages[this.#next];
    if (next !== undefined) {
      const at = this.#beganAt + next.at;
      if (at > now) return at;
      this.#next++;
      this.#goal += next.octets;
      this.#out.upTo(this.#goal, next.octets, connection, now);
      return now; // each is a write of its own: what Nagle makes of them is the lesson
    }
    if (isOut && this.#closes) connection.close(now);
    return NEVER;
  }
}

/** Writes nothing, and closes when the peer has. */
export class Silent implements Writer {
  readonly offered = 0;
  readonly written = 0;
  readonly isDone = true;

  serve(connection: Connection, now: Instant): Instant {
    if (connection.isPeerClosed && connection.readable === 0 && mayWrite(connection)) connection.close(now);
    return NEVER;
  }
}
