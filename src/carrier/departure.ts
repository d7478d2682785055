// The way from the connection to the socket: through a link model, where there is one, and onto the outlet.
import { type Socket } from 'node:net';
import { type Instant, NEVER, type Segment } from '../tcp/index.ts';
import { CHECKSUMS, encodePreface } from '../wire/index.ts';
import { Outlet } from './outlet.ts';
import { Shaper, type ShaperOptions } from './shaper.ts';

const PREFACE = encodePreface();
const PREFACE_WITH_CHECKSUMS = encodePreface(CHECKSUMS);

export interface DepartureOptions {
  /** A link model that what leaves goes through. */
  shape?: ShaperOptions | undefined;
  /** Fills in the checksums of what is sent; the peer is told, and verifies them. */
  checksums?: boolean | undefined;
}

export class Departure {
  readonly fillsChecksums: boolean;
  readonly #outlet: Outlet;
  #shaper: Shaper | undefined;

  /** `drained` is called when the kernel has taken something for which it had let us wait. The preface is laid at once. */
  constructor(socket: Socket, drained: () => void, options: DepartureOptions) {
    this.fillsChecksums = options.checksums ?? false;
    this.#outlet = new Outlet(socket, drained, this.fillsChecksums);
    this.#shaper = options.shape === undefined ? undefined : new Shaper(options.shape, this.fillsChecksums);
    this.#outlet.layOctets(this.fillsChecksums ? PREFACE_WITH_CHECKSUMS : PREFACE);
  }

  get shaper(): Shaper | undefined {
    return this.#shaper;
  }

  /** From now on what leaves goes through a link model, a perfect one until it is changed. */
  shape(): Shaper {
    this.#shaper ??= new Shaper({ link: {} }, this.fillsChecksums);
    return this.#shaper;
  }

  /** The kernel takes no more for now: nothing may leave until `drained`. */
  get isBlocked(): boolean {
    return this.#outlet.isBlocked;
  }

  /** Segments on their way through the model. */
  get inFlight(): number {
    return this.#shaper === undefined ? 0 : this.#shaper.inFlight;
  }

  /** Nothing is on its way that the kernel does not have. */
  get isOver(): boolean {
    return this.#outlet.isEmpty && this.inFlight === 0;
  }

  /** A segment leaves the connection; its text may change when this has returned. */
  leave(seg: Segment, now: Instant): void {
    if (this.#shaper === undefined) this.#outlet.lay(seg);
    else this.#shaper.send(seg, now);
  }

  /** Lays down what has come through the model by now. */
  passOn(now: Instant): void {
    const shaper = this.#shaper;
    if (shaper === undefined) return;
    while (!this.#outlet.isBlocked) {
      const seg = shaper.poll(now);
      if (seg === undefined) return;
      if (this.fillsChecksums) this.#outlet.layDamaged(seg, (bits) => shaper.damagedBit(bits));
      else this.#outlet.lay(seg);
    }
  }

  /** When `passOn` has something to do next. */
  nextDeadline(): Instant {
    if (this.#shaper === undefined || this.#outlet.isBlocked) return NEVER; // `drained` comes back
    return this.#shaper.nextDeadline();
  }

  /** Writes what is laid, in one write. */
  flush(): void {
    this.#outlet.flush();
  }

  /** Forgets everything: the socket is gone. */
  discard(): void {
    this.#outlet.discard();
  }
}
