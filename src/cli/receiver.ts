// The receiving end: reads at its tempo, and lets the receive buffer forget octets only when the sink has them. Its own FIN
// follows when the peer's has come and all is stored under its name, so that a sender that ends well knows that it is. After
// a RST, whosever it was, the rest is read without regard to the tempo: it was acknowledged.
import { type Driver } from '../carrier/index.ts';
import { messageOf } from './faults.ts';
import { Party, type PartyOptions } from './party.ts';
import { type Sink } from './sink.ts';

/** Read at once at most, so that the window reopens while the rest is being written. */
const MOST_AT_ONCE = 262_144;

/** Where the sink stands. */
type Storing = 'idle' | 'writing' | 'completing' | 'over';

export class Receiver extends Party {
  readonly role = 'receiver';
  readonly sink: Sink;
  /** Octets that were acknowledged could not be stored: what is kept is less than what the sender knows to have arrived. */
  isSinkBroken = false;
  #storing: Storing = 'idle';
  #isOpen = false;

  constructor(driver: Driver, sink: Sink, options: PartyOptions) {
    super(driver, options);
    this.sink = sink;
  }

  get transferred(): number {
    return this.connection.tcb.tally.octetsReceived;
  }

  go(): void {
    while (this.#storing === 'idle') {
      const { now } = this;
      const view = this.connection.peek();
      if (view.length === 0) {
        this.#ranDry();
        return;
      }
      const allowed = this.isFinished ? Infinity : this.tempo.allowance(now);
      if (allowed === 0) {
        this.goAt(this.tempo.nextAt(now));
        return;
      }
      this.#store(view.subarray(0, Math.min(allowed, MOST_AT_ONCE)));
    }
  }

  interrupt(): void {
    this.stopReceiving();
  }

  /** All is stored under its name: whatever becomes of the connection's last words, nothing is lost. */
  protected override get isWhole(): boolean {
    return this.#storing === 'over' && this.stored?.isPartial === false;
  }

  protected get isSettled(): boolean {
    return this.#storing === 'over';
  }

  #store(octets: Uint8Array): void {
    if (!this.#open()) return;
    const written = this.sink.write(octets);
    if (written === undefined) this.#stored(octets);
    else void this.#storedLater(octets, written);
  }

  #open(): boolean {
    if (this.#isOpen) return true;
    try {
      this.sink.open();
      this.#isOpen = true;
    } catch (error) {
      this.#sinkFails(error, messageOf(error));
    }
    return this.#isOpen;
  }

  async #storedLater(octets: Uint8Array, written: Promise<void>): Promise<void> {
    this.#storing = 'writing';
    try {
      await written;
    } catch (error) {
      this.#sinkFails(error);
      return;
    }
    this.#storing = 'idle';
    this.#stored(octets);
    this.go();
  }

  #stored(octets: Uint8Array): void {
    this.count(octets);
    this.tempo.moved(octets.length);
    this.connection.consume(octets.length, this.now);
    this.driver.pump();
  }

  /** Everything that came is stored: is that all that will come? */
  #ranDry(): void {
    if (this.isFinished) this.#abandon();
    else if (this.connection.isPeerClosed) void this.#complete();
  }

  async #complete(): Promise<void> {
    if (!this.#open()) return; // an empty file is a file
    this.#storing = 'completing';
    try {
      this.stored = await this.sink.complete();
    } catch (error) {
      this.#sinkFails(error);
      return;
    }
    this.#storing = 'over';
    if (!this.isFinished) this.connection.close(this.now);
    this.driver.pump();
    this.settle();
  }

  #abandon(): void {
    if (this.#isOpen) this.stored = this.sink.abandon();
    this.#storing = 'over';
    this.settle();
  }

  #sinkFails(error: unknown, sentence = this.sink.explain(error)): void {
    this.isSinkBroken = true;
    this.fails(error instanceof Error ? error : new Error(String(error)), sentence);
    this.abort();
    this.#abandon();
  }
}
