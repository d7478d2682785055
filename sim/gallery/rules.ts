// What most systems have in common at the receiver's end: "W at first, and m more whenever m are consumed". Only W, m, the unit
// and whether grants are relative or absolute differ.
import { type Feedback, type Rule, type View } from './model.ts';
import { Hysteresis, type Marks } from './gates.ts';

const NOTHING: Feedback[] = [];

/** When units count as consumed: on arrival, when they leave the buffer, or when they are processed. */
export type Moment = 'arrived' | 'taken' | 'done';

export interface BatchedSpec {
  window: number;
  /** Grants are held back until so many units are consumed, and then cover all that are. */
  refill: number;
  on?: Moment;
  isAbsolute?: boolean;
}

/** W at first, then what was consumed, as soon as it is m or more. */
export class Batched implements Rule {
  readonly arrived?: (units: number) => Feedback[];
  readonly taken?: (units: number) => Feedback[];
  readonly done?: (units: number) => Feedback[];
  readonly standing?: () => Feedback[];
  readonly #spec: BatchedSpec;
  #owed = 0;
  #upTo: number;

  constructor(spec: BatchedSpec) {
    this.#spec = spec;
    this.#upTo = spec.window;
    this[spec.on ?? 'taken'] = (units) => this.#consume(units);
    if (spec.isAbsolute === true) this.standing = () => [{ kind: 'limit', upTo: this.#upTo }];
  }

  start(): Feedback[] {
    return [this.#say(this.#spec.window)];
  }

  #consume(units: number): Feedback[] {
    this.#owed += units;
    if (this.#owed < this.#spec.refill) return NOTHING;
    const granted = this.#owed;
    this.#owed = 0;
    this.#upTo += granted;
    return [this.#say(granted)];
  }

  #say(units: number): Feedback {
    return this.#spec.isAbsolute === true ? { kind: 'limit', upTo: this.#upTo } : { kind: 'grant', units };
  }
}

/** Pause and resume by what is queued at the receiver. */
export class Watermark implements Rule {
  readonly #turn: Hysteresis;
  readonly #level: (view: View) => number;

  constructor(marks: Marks, level: (view: View) => number) {
    this.#turn = new Hysteresis(marks);
    this.#level = level;
  }

  start(): Feedback[] {
    return NOTHING;
  }

  arrived(_units: number, view: View): Feedback[] {
    return this.#look(view);
  }

  taken(_units: number, view: View): Feedback[] {
    return this.#look(view);
  }

  #look(view: View): Feedback[] {
    return this.#turn.isTurnedBy(this.#level(view)) ? [{ kind: 'gate', open: this.#turn.isOpen }] : NOTHING;
  }
}

/** Every unit is acknowledged when it is done (or taken, or has arrived): what a WatermarkGate counts down. */
export class Acknowledging implements Rule {
  readonly arrived?: (units: number) => Feedback[];
  readonly taken?: (units: number) => Feedback[];
  readonly done?: (units: number) => Feedback[];

  constructor(on: Moment) {
    this[on] = (units) => [{ kind: 'grant', units }];
  }

  start(): Feedback[] {
    return NOTHING;
  }
}

/** Never says anything. */
export class Mute implements Rule {
  start(): Feedback[] {
    return NOTHING;
  }
}
