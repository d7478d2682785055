// What a recording has told of its connection so far: the present of everything that is not in the packets.
import { type Offering, type State, type TimerName } from '../../tcp/index.ts';
import {
  type CongestionChanges,
  type Happening,
  type OfferingChanges,
  type ReasonChanges,
  type SegmentRefused,
} from '../vocabulary.ts';

export interface RunningTimer {
  timer: TimerName;
  startedNs: number;
  /** Null where it was set anew since: recordings tell of a timer that starts, and not of one that runs and is set further. */
  deadlineNs: number | null;
  /** How often it has fired since it was last stopped. */
  fired: number;
}

/** What is known by a recording's own word; plain data. */
export interface Told {
  state: State;
  /** The present reason for silence, with the numbers that decided it, and since when. */
  reason: ReasonChanges | undefined;
  offering: OfferingChanges | undefined;
  /** What congestion control allows; undefined where there is none, or was not told of. */
  congestion: CongestionChanges | undefined;
  timers: RunningTimer[];
  /** How often the persist timer has fired since the window closed: the probe that leaves is the last of so many. */
  probes: number;
  /** Octets that the application has not read, and RCV.BUFF, when last told. */
  unreadOctets: number | undefined;
  capacityOctets: number | undefined;
  /** What was last refused of what arrived. */
  refused: SegmentRefused | undefined;
}

export class Teller {
  readonly #told: Told = {
    state: 'CLOSED',
    reason: undefined,
    offering: undefined,
    congestion: undefined,
    timers: [],
    probes: 0,
    unreadOctets: undefined,
    capacityOctets: undefined,
    refused: undefined,
  };
  readonly #fired = new Map<TimerName, number>();

  take(happening: Happening): void {
    const told = this.#told;
    switch (happening.type) {
      case 'state':
        told.state = happening.to;
        return;
      case 'reason':
        told.reason = happening;
        return;
      case 'congestion':
        told.congestion = happening;
        return;
      case 'offering':
        told.offering = happening;
        told.unreadOctets = happening.capacityOctets - happening.roomOctets;
        told.capacityOctets = happening.capacityOctets;
        return;
      case 'offer':
        told.unreadOctets = happening.capacityOctets - happening.roomOctets;
        told.capacityOctets = happening.capacityOctets;
        return;
      case 'read':
        told.unreadOctets = happening.unreadOctets;
        return;
      case 'refused':
        told.refused = happening;
        return;
      case 'timer':
        this.#timer(happening);
        return;
      default:
    }
  }

  get present(): Told {
    return { ...this.#told, timers: this.#told.timers.map((timer) => ({ ...timer })) };
  }

  #timer({ timer, event, deadlineNs, atNs }: Extract<Happening, { type: 'timer' }>): void {
    const told = this.#told;
    told.timers = told.timers.filter((running) => running.timer !== timer);
    if (event === 'fires') this.#fired.set(timer, (this.#fired.get(timer) ?? 0) + 1);
    if (event === 'stops') this.#fired.set(timer, 0);
    if (timer === 'persist') told.probes = this.#fired.get(timer) ?? 0;
    if (event !== 'starts' || deadlineNs === undefined) return;
    told.timers.push({ timer, startedNs: atNs, deadlineNs, fired: this.#fired.get(timer) ?? 0 });
  }
}

/** The receiving side's word for what it offers. */
export const OFFERING_WORDS: Readonly<Record<Offering, string>> = {
  open: 'the last window offered still has room',
  withheld: 'there is room, too little to be worth offering (RFC 9293 §3.8.6.2.2)',
  zero: 'the receive buffer is full',
};
