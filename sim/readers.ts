// What applications read, and when.
import { type Plan, Tempo } from '../src/app/index.ts';
import { type Connection, type Duration, type Instant, NEVER, NO_OCTETS } from '../src/tcp/index.ts';
import { firstWrong } from './stream.ts';

/** One end's reading. As `Application`: called after any news, returns when it wants to be called next. */
export interface Reader {
  serve(connection: Connection, now: Instant): Instant;
  readonly read: number;
  /** When the first and the latest octet were read; NEVER before. */
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** Its pace, where it has one that can be changed by hand. */
  readonly tempo?: Tempo | undefined;
}

/** What every reader does with octets: counts them, and checks them if asked to. */
abstract class Counting implements Reader {
  read = NO_OCTETS;
  firstAt: Instant = NEVER;
  lastAt: Instant = NEVER;
  readonly #checks: boolean;

  /** @param checks compare every octet with the stream's */
  constructor(checks: boolean) {
    this.#checks = checks;
  }

  abstract serve(connection: Connection, now: Instant): Instant;

  /** Takes up to `most` octets. @throws Error where an octet is not the one that was written: then the core is broken */
  protected take(most: number, connection: Connection, now: Instant): number {
    let taken = 0;
    while (taken < most && connection.readable > 0) {
      const count = Math.min(connection.contiguous, most - taken);
      if (this.#checks) this.#check(connection.peek().subarray(0, count));
      connection.consume(count, now);
      this.read += count;
      taken += count;
    }
    if (taken === 0) return 0;
    if (this.firstAt === NEVER) this.firstAt = now;
    this.lastAt = now;
    return taken;
  }

  #check(octets: Uint8Array): void {
    const wrong = firstWrong(octets, this.read);
    if (wrong >= 0) throw new Error(`the octet at ${wrong} of the stream is not the one that was written`);
  }
}

/** Reads all there is as soon as it comes. */
export class EagerReader extends Counting {
  constructor({ checks = true } = {}) {
    super(checks);
  }

  override serve(connection: Connection, now: Instant): Instant {
    this.take(Infinity, connection, now);
    return NEVER;
  }
}

/** Reads by a plan, which begins when the connection does: slow, in chunks, stalling, or all of these in turn. */
export class PlannedReader extends Counting {
  readonly #plan: Plan;
  readonly #chunk: number | undefined;
  #tempo: Tempo | undefined;

  constructor(plan: Plan, { chunk, checks = true }: { chunk?: number; checks?: boolean } = {}) {
    super(checks);
    this.#plan = plan;
    this.#chunk = chunk;
  }

  get tempo(): Tempo | undefined {
    return this.#tempo;
  }

  override serve(connection: Connection, now: Instant): Instant {
    this.#tempo ??= new Tempo(this.#plan, this.#chunk, now);
    const tempo = this.#tempo;
    // After a RST nobody waits for what is left, so neither does the plan.
    if (connection.state === 'CLOSED') {
      this.take(Infinity, connection, now);
      return NEVER;
    }
    while (connection.readable > 0) {
      const allowed = tempo.allowance(now);
      if (allowed === 0) return Math.max(tempo.nextAt(now), now + 1);
      tempo.moved(this.take(allowed, connection, now));
    }
    return NEVER;
  }
}

export interface StreamsOptions {
  /** Streams that share the connection, block by block in turn, and the octets of a block. */
  streams: number;
  block: number;
  /** Octets of the first stream that may wait for its reader, who stops until `hold` after the connection began. */
  parking: number;
  hold: Duration;
  checks?: boolean;
}

/**
 * Takes streams apart that share one connection. One window serves all, so when the first stream's reader has stopped and
 * the place for its octets is full, nothing more can be taken for any of them: head-of-line blocking.
 */
export class StreamsReader extends Counting {
  readonly #options: StreamsOptions;
  #parked = 0;
  #holdsUntil: Instant | undefined;

  constructor(options: StreamsOptions) {
    super(options.checks ?? true);
    this.#options = options;
  }

  override serve(connection: Connection, now: Instant): Instant {
    const { streams, block, parking, hold } = this.#options;
    const until = (this.#holdsUntil ??= now + hold);
    if (now >= until) this.#parked = 0;
    while (connection.readable > 0) {
      const place = this.read % (streams * block);
      const isFirst = place < block;
      const room = isFirst && now < until ? parking - this.#parked : Infinity;
      if (room <= 0) return until;
      const taken = this.take(Math.min(room, block - (place % block)), connection, now);
      if (isFirst && now < until) this.#parked += taken;
    }
    return NEVER;
  }
}
