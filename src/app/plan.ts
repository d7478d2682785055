// A plan: how fast to read when. `2s full, 3s stop, 5s 200KB/s` is two seconds as fast as possible, three seconds not at
// all, five at 200 KB/s; the last phase holds, whatever time it names, and need not name one.
import { type Duration, NEVER } from '../tcp/index.ts';
import {
  formatRate,
  parseDuration,
  parseRate,
  QuantityError,
  type Rate,
  writeDuration,
  writeRate,
} from './quantities.ts';

export interface Phase {
  /** NEVER for a last phase that names no time. */
  duration: Duration;
  rate: Rate;
}

/** Where in its plan an application is. */
export interface PlanPlace {
  /** From 0. */
  index: number;
  rate: Rate;
  /** Until the next phase; NEVER in the last. */
  left: Duration;
}

export class Plan {
  readonly phases: readonly Phase[];

  /** At least one phase. */
  constructor(phases: readonly Phase[]) {
    if (phases.length === 0) throw new RangeError('a plan has at least one phase');
    this.phases = phases;
  }

  static steady(rate: Rate): Plan {
    return new Plan([{ duration: NEVER, rate }]);
  }

  /** Where the plan is, so long after its beginning. */
  at(elapsed: Duration): PlanPlace {
    const last = this.phases.length - 1;
    let ends = 0;
    for (let index = 0; index < last; index++) {
      const { duration, rate } = this.phases[index]!;
      ends += duration;
      if (elapsed < ends) return { index, rate, left: ends - elapsed };
    }
    return { index: last, rate: this.phases[last]!.rate, left: NEVER };
  }

  /** What `parsePlan` reads back. */
  toString(): string {
    return this.phases.map(writePhase).join(', ');
  }
}

/** @throws QuantityError naming the phase that is wrong */
export function parsePlan(text: string): Plan {
  const parts = text.split(',').map((part) => part.trim());
  return new Plan(parts.map((part, index) => parsePhase(part, index, parts.length)));
}

/** `full`, `stop` or a rate. @throws QuantityError */
export function parseSpeed(text: string): Rate {
  if (text === 'full') return Infinity;
  if (text === 'stop') return 0;
  return parseRate(text);
}

/** What `parseSpeed` reads back. */
export function writeSpeed(rate: Rate): string {
  return rate === Infinity || rate === 0 ? formatRate(rate) : writeRate(rate);
}

function parsePhase(part: string, index: number, count: number): Phase {
  const words = part.split(/\s+/);
  const example = 'write a time and "full", "stop" or a rate, as in "2s full, 3s stop, 5s 200KB/s"';
  const where = `phase ${index + 1} of the plan`;
  try {
    if (words.length === 1 && index === count - 1 && words[0] !== '') {
      return { duration: NEVER, rate: parseSpeed(words[0]!) };
    }
    if (words.length !== 2)
      throw new QuantityError(part === '' ? 'it is empty' : `"${part}" is not a time and a speed`);
    const duration = parseDuration(words[0]!);
    if (duration <= 0) throw new QuantityError(`"${words[0]!}" is no time at all`);
    return { duration, rate: parseSpeed(words[1]!) };
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new QuantityError(`${where}: ${error.message.split(':')[0]!}; ${example}`, { cause: error });
  }
}

function writePhase({ duration, rate }: Phase): string {
  return duration === NEVER ? writeSpeed(rate) : `${writeDuration(duration)} ${writeSpeed(rate)}`;
}
