// The sending end: writes from its source at its tempo, and says FIN at the source's end. Ctrl-C before that end lets what
// was written arrive and then resets the connection, so that no receiver takes a part for the whole.
import { type Driver } from '../carrier/index.ts';
import { MILLISECOND } from '../tcp/index.ts';
import { Party, type PartyOptions } from './party.ts';
import { type Source } from './source.ts';

type Writing =
  | 'writing'
  | 'reading' // the source has been asked for octets
  | 'draining' // interrupted: what was written is still to arrive
  | 'closed';

/** How often a drain looks whether it is over. */
const DRAIN_LOOK = 10 * MILLISECOND;
const NOTHING = new Uint8Array(0);

export class Sender extends Party {
  readonly role = 'sender';
  readonly source: Source;
  #writing: Writing = 'writing';
  #isReading = false;
  /** What the source gave and the connection has not taken yet. */
  #block: Uint8Array = NOTHING;

  constructor(driver: Driver, source: Source, options: PartyOptions) {
    super(driver, options);
    this.source = source;
  }

  get transferred(): number {
    return this.connection.tcb.tally.octetsAcknowledged;
  }

  /** The source has ended, and its FIN is on its way. */
  get isClosing(): boolean {
    return this.#writing === 'closed' && !this.isFinished;
  }

  get isDraining(): boolean {
    return this.#writing === 'draining';
  }

  go(): void {
    this.#ignoreWhatComes();
    if (this.isFinished) {
      this.#end();
      return;
    }
    // Other news may be told before 'finished' is: nothing is written to a connection that is closed.
    if (!this.isEstablished || this.connection.state === 'CLOSED') return;
    while (this.#writing === 'writing') {
      if (this.#block.length === 0) this.#read();
      else if (!this.#write()) return;
    }
    if (this.#writing === 'draining') this.#lookDrained();
  }

  interrupt(): void {
    const words = {
      allSent: 'all is written already, and what is left is on its way; Ctrl-C again breaks it off',
      stopping:
        'stopping: what was written may still arrive, then the connection is reset; Ctrl-C again does so at once',
    };
    this.stopSending(this.#writing === 'closed', words, () => {
      this.#writing = 'draining';
      this.#block = NOTHING;
    });
  }

  protected get isSettled(): boolean {
    return this.isFinished;
  }

  #read(): void {
    const next = this.source.next();
    if (!(next instanceof Promise)) {
      this.#took(next);
      return;
    }
    void this.#readLater(next);
  }

  async #readLater(next: Promise<Uint8Array | undefined>): Promise<void> {
    this.#writing = 'reading';
    this.#isReading = true;
    let block: Uint8Array | undefined;
    try {
      block = await next;
    } catch (error) {
      this.#readingIsOver();
      if (!this.#isAwaited) return;
      this.fails(error instanceof Error ? error : new Error(String(error)), this.source.explain(error));
      this.abort();
      return;
    }
    this.#readingIsOver();
    if (!this.#isAwaited) return;
    this.#writing = 'writing';
    this.#took(block);
    this.go();
  }

  /** A file is not closed while it is being read: its number might be another's by then. */
  #readingIsOver(): void {
    this.#isReading = false;
    if (this.isFinished) this.source.close();
  }

  /** What the source gives is still wanted: nobody has interrupted, nothing has failed. */
  get #isAwaited(): boolean {
    return this.#writing === 'reading' && !this.isFinished;
  }

  #took(block: Uint8Array | undefined): void {
    if (block !== undefined) {
      this.#block = block;
      return;
    }
    this.#writing = 'closed';
    this.connection.close(this.now);
    this.driver.pump();
  }

  /** Whether there is reason to go on: the tempo allows it, and there was room for all of it. */
  #write(): boolean {
    const { now } = this;
    const allowed = this.tempo.allowance(now);
    if (allowed === 0) {
      this.goAt(this.tempo.nextAt(now));
      return false;
    }
    const offered = this.#block.subarray(0, allowed);
    const accepted = this.connection.write(offered, now);
    this.count(offered.subarray(0, accepted));
    this.tempo.moved(accepted);
    this.#block = this.#block.subarray(accepted);
    this.driver.pump();
    return accepted === offered.length;
  }

  #lookDrained(): void {
    const { snd } = this.connection.tcb;
    if (snd.flight === 0 && snd.unsent === 0) this.abort();
    else this.goAt(this.now + DRAIN_LOOK);
  }

  /** A receiver has nothing to say to us; what comes all the same is read, lest it wait in vain. */
  #ignoreWhatComes(): void {
    const { readable } = this.connection;
    if (readable === 0) return;
    for (let view = this.connection.peek(); view.length > 0; view = this.connection.peek()) {
      this.connection.consume(view.length, this.now);
    }
    this.driver.pump();
  }

  #end(): void {
    this.#writing = 'closed';
    this.#block = NOTHING;
    if (!this.#isReading) this.source.close();
    this.settle();
  }
}
