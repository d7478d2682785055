// Operators of reactive streams within one process, where nothing takes time: what is pushed, asked for, delivered and dropped, by
// the same stores, gates and rules as on the link.
import { CreditGate } from '../gates.ts';
import { type Rule } from '../model.ts';
import { Store, type StoreSpec } from '../store.ts';

/** An item of a pipeline that is counted, not weighed. */
export interface Element {
  id: number;
  octets: number;
}

/** `onBackpressure…`, `buffer(n, strategy)`: asks its source for everything, delivers what is asked of it, stores as told. */
export class OverflowOperator {
  readonly dropped: number[] = [];
  /** An error ends it: at once, or after what is stored has been delivered. */
  state: 'open' | 'failing' | 'failed' = 'open';
  readonly #gate = new CreditGate();
  readonly #store: Store<Element>;
  readonly #deliver: (id: number) => void;

  constructor(spec: StoreSpec, deliver: (id: number) => void) {
    this.#store = new Store(spec);
    this.#deliver = deliver;
    this.#gate.hear({ kind: 'grant', units: 0 }, 0);
  }

  get stored(): number[] {
    return this.#store.toArray().map(({ id }) => id);
  }

  push(id: number): void {
    if (this.state !== 'open') return;
    if (this.#store.length === 0 && this.#gate.room(0) >= 1) {
      this.#emit(id);
      return;
    }
    const put = this.#store.put({ id, octets: 1 });
    if (put.outcome === 'dropped') this.dropped.push(...put.gone.map(({ id: gone }) => gone));
    if (put.outcome === 'failed') this.#fail();
  }

  request(units: number): void {
    this.#gate.hear({ kind: 'grant', units }, 0);
    while (this.#gate.room(0) >= 1) {
      const next = this.#store.shift();
      if (next === undefined) break;
      this.#emit(next.id);
    }
    if (this.state === 'failing' && this.#store.length === 0) this.state = 'failed';
  }

  #fail(): void {
    const isAtOnce = this.#store.spec.overflow === 'fail-at-once';
    if (isAtOnce) this.#store.clear();
    this.state = isAtOnce || this.#store.length === 0 ? 'failed' : 'failing';
  }

  #emit(id: number): void {
    this.#gate.spend(1, 0);
    this.#deliver(id);
  }
}

/** `limitRate`, `publishOn`, `observeOn`: a queue that a rule keeps filled, delivering as it is asked. */
export class PrefetchOperator {
  /** What it asked of its source, each time after how many it had delivered. */
  readonly requests: [consumed: number, units: number][] = [];
  readonly #queue = new Store<Element>();
  readonly #gate = new CreditGate();
  readonly #rule: Rule;
  readonly #deliver: (id: number) => void;
  readonly #request: (units: number) => void;
  #delivered = 0;
  #isDraining = false;

  constructor(rule: Rule, deliver: (id: number) => void, request: (units: number) => void = () => {}) {
    this.#rule = rule;
    this.#deliver = deliver;
    this.#request = request;
    this.#gate.hear({ kind: 'grant', units: 0 }, 0);
  }

  get queued(): number[] {
    return this.#queue.toArray().map(({ id }) => id);
  }

  /** Subscribes: the source is asked for the first time. */
  start(): void {
    this.#say(this.#rule.start());
  }

  push(id: number): void {
    this.#queue.put({ id, octets: 1 });
    this.#drain();
  }

  request(units: number): void {
    this.#gate.hear({ kind: 'grant', units }, 0);
    this.#drain();
  }

  /** A request may make the source push from within: one loop at a time. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    while (this.#gate.room(0) >= 1) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#gate.spend(1, 0);
      this.#delivered++;
      this.#deliver(next.id);
      const view = { now: 0, queuedItems: this.#queue.length, queuedOctets: 0, backlog: 0, rtt: 0, sojourn: 0 };
      this.#say(this.#rule.taken?.(1, view) ?? []);
    }
    this.#isDraining = false;
  }

  #say(feedback: ReturnType<Rule['start']>): void {
    for (const one of feedback) {
      if (one.kind !== 'grant') continue;
      this.requests.push([this.#delivered, one.units]);
      this.#request(one.units);
    }
  }
}
