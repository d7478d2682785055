// When a producer makes its messages: by a plan of rates, on the dot. What a late timer delayed is made up for; what the
// producer was not let make is not.
import { type Instant, NEVER, SECOND } from '../../tcp/index.ts';
import { parseDuration, QuantityError, writeDuration } from '../quantities.ts';
import { Plan } from '../plan.ts';

/** A message each microsecond is more than one thread makes. */
export const MOST_MESSAGES_A_SECOND = 1e6;

export class Schedule {
  readonly #plan: Plan;
  readonly #beganAt: Instant;
  /** Of the next, to a fraction of a nanosecond, so that no rate drifts. */
  #dueAt: number;

  /** @param plan its rates are messages a second */
  constructor(plan: Plan, now: Instant) {
    this.#plan = plan;
    this.#beganAt = now;
    this.#dueAt = now;
  }

  /** When the next message is to be made; NEVER where the plan has come to a stop. */
  get dueAt(): Instant {
    for (;;) {
      if (this.#dueAt === NEVER) return NEVER;
      const { rate, left } = this.#plan.at(this.#dueAt - this.#beganAt);
      if (rate > 0) return Math.ceil(this.#dueAt);
      this.#dueAt += left;
    }
  }

  /** One was made. */
  made(): void {
    const { rate, left } = this.#plan.at(this.#dueAt - this.#beganAt);
    this.#dueAt += Math.min(SECOND / rate, left);
  }

  /** The producer is not let go on: what is due is due when it may. */
  hold(now: Instant): void {
    this.#dueAt = Math.max(this.#dueAt, now);
  }
}

/** `5000/s`, `2.5k/s`, `90/min`, or a plan of them: `2s 5000/s, 3s stop, 100/s`, which may end in `stop`. @throws QuantityError */
export function parseProduction(text: string): Plan {
  const parts = text.split(',').map((part) => part.trim());
  const phases = parts.map((part, index) => {
    const words = part.split(/\s+/);
    if (words.length === 1 && index === parts.length - 1) {
      return { duration: NEVER, rate: words[0] === 'stop' && index > 0 ? 0 : parseMessageRate(words[0]!) };
    }
    const example = 'write a time and a rate, or "stop", as in "2s 5000/s, 3s stop, 100/s"';
    if (words.length !== 2) throw new QuantityError(`phase ${index + 1} of the plan: ${example}`);
    const duration = parseDuration(words[0]!);
    if (duration <= 0) throw new QuantityError(`phase ${index + 1} of the plan is no time at all: ${example}`);
    return { duration, rate: words[1] === 'stop' ? 0 : parseMessageRate(words[1]!) };
  });
  return new Plan(phases);
}

/** What `parseProduction` reads back. */
export function formatProduction(plan: Plan): string {
  return plan.phases
    .map(({ duration, rate }) => {
      const speed = rate === 0 ? 'stop' : `${rate}/s`;
      return duration === NEVER ? speed : `${writeDuration(duration)} ${speed}`;
    })
    .join(', ');
}

function parseMessageRate(text: string): number {
  const match = /^(\d+(?:_\d+)*(?:\.\d+)?)(k|M)?\/(s|min)$/.exec(text);
  if (match === null) {
    const size = /B\/s$|bit\/s$/i.test(text) ? ', and their size with --message' : '';
    throw new QuantityError(`"${text}" is not a rate of messages: write how many a second, as in 5000/s${size}`);
  }
  const [, digits = '', prefix, unit] = match;
  const scale = (prefix === 'k' ? 1e3 : prefix === 'M' ? 1e6 : 1) / (unit === 'min' ? 60 : 1);
  const rate = Number(digits.replaceAll('_', '')) * scale;
  if (rate <= 0) throw new QuantityError(`"${text}" is no rate at all: above zero, as in 5000/s`);
  if (rate > MOST_MESSAGES_A_SECOND) {
    throw new QuantityError(
      `"${text}" is more than a process can make: 1M/s at most; make the messages larger instead`,
    );
  }
  return rate;
}
