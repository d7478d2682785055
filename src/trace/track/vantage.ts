// Where a capture was taken: at one of the ends, or somewhere between them. It decides what can be judged: how long an
// acknowledgment was delayed is seen at the receiver alone, how a sender reacted at the sender alone.
import { type Side } from './passing.ts';

/** `near` is the end at which the capture was taken, where it was taken at one. */
export interface VantageReport {
  place: 'end' | 'middle' | 'unknown';
  near: Side | undefined;
  /** How it is known: by whoever asked, a recording's own word, the packets' direction flags, or the handshake's pace. */
  known: 'asked' | 'recording' | 'direction' | 'handshake' | 'no';
  /** In a sentence. */
  why: string;
}

/** An end answers at once if it takes no more than this part of the handshake's round trip. */
const AT_ONCE = 1 / 8;
/** Of a round trip shorter than this, ns, the parts tell nothing: both ends may be one machine. */
const LEAST_TRIP = 200_000;

export class Vantage {
  #near: Side | undefined = undefined;
  #known: VantageReport['known'] = 'no';
  #isMiddle = false;
  #synAt = -1;
  #synAckAt = -1;
  #isAmbiguous = false;
  /** From here to end 0 and back, and to end 1, as the handshake took; -1 unknown. */
  readonly trips: [number, number] = [-1, -1];

  /** Whose point of view it is, by the word of somebody who knows. */
  is(near: Side, known: 'asked' | 'recording'): void {
    if (this.#known === 'asked') return;
    this.#near = near;
    this.#known = known;
  }

  isNear(side: Side): boolean {
    return this.#near === side;
  }

  /** Somebody stands at an end, or between the two, for certain enough to judge by. */
  get near(): Side | undefined {
    return this.#near;
  }

  /** From here to that end and back, ns: 0 at the end itself and where nothing is known. */
  trip(side: Side): number {
    if (this.#near === side) return 0;
    return Math.max(0, this.trips[side]);
  }

  direction(side: Side, direction: 'in' | 'out'): void {
    if (this.#known !== 'no' && this.#known !== 'handshake') return;
    this.#near = direction === 'out' ? side : side === 0 ? 1 : 0;
    this.#known = 'direction';
  }

  /** `isAgain`: sent twice, so that nobody knows which of the two is answered (Karn's rule). */
  syn(now: number, isAgain: boolean): void {
    this.#synAt = now;
    this.#isAmbiguous ||= isAgain;
  }

  synAck(now: number, isAgain: boolean): void {
    this.#isAmbiguous ||= isAgain;
    this.#synAckAt = now;
    if (this.#synAt >= 0) this.trips[1] = now - this.#synAt;
  }

  /** The acknowledgment that ends the handshake. */
  established(now: number): void {
    if (this.#synAckAt < 0 || this.#isAmbiguous) {
      this.trips[0] = -1;
      this.trips[1] = -1;
      return;
    }
    this.trips[0] = now - this.#synAckAt;
    if (this.#known !== 'no' || this.trips[1] < 0) return;
    const [to0, to1] = this.trips;
    const trip = to0 + to1;
    if (trip < LEAST_TRIP) return;
    this.#known = 'handshake';
    if (to0 <= trip * AT_ONCE) this.#near = 0;
    else if (to1 <= trip * AT_ONCE) this.#near = 1;
    else this.#isMiddle = true;
  }

  report(): VantageReport {
    const near = this.#near;
    const known = this.#known;
    if (near !== undefined) return { place: 'end', near, known, why: WHY[known] };
    if (this.#isMiddle) return { place: 'middle', near, known, why: 'in the handshake neither end answered at once' };
    return { place: 'unknown', near, known, why: this.#whyUnknown() };
  }

  #whyUnknown(): string {
    if (this.#isAmbiguous) return 'in the handshake something was sent twice, and no direction is marked';
    if (this.trips[0] >= 0 && this.trips[1] >= 0) return 'the round trip is too short to tell who answers at once';
    return 'the handshake was not captured, and no direction is marked';
  }
}

const WHY: Readonly<Record<VantageReport['known'], string>> = {
  asked: 'as asked',
  recording: 'the recording says so',
  direction: 'the packets are marked as coming in and going out',
  handshake: 'in the handshake this end answered at once, the other after the round trip',
  no: 'nothing tells',
};
