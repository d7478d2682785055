// A place in a scenario: a value and the path to it, read as what is expected there. Whatever it is not becomes a
// ScenarioFault that says where, what was expected, and gives an example. `${formula}` in a text is replaced first.
import { type Plan, parseDuration, parsePlan, parseSize, QuantityError } from '../../src/app/index.ts';
import { type LinkSpec, parseLink, parseRule, type Rule } from '../../src/link/index.ts';
import { type Duration } from '../../src/tcp/index.ts';
import { type Path, ScenarioFault, writePath } from './fault.ts';
import { evaluate, FormulaError, type Names, substitute } from './formula.ts';
import { type Quantity } from './quantity.ts';

export class Place {
  readonly value: unknown;
  readonly path: Path;
  readonly names: Names;

  constructor(value: unknown, path: Path, names: Names) {
    this.value = value;
    this.path = path;
    this.names = names;
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  wrong(message: string): ScenarioFault {
    return new ScenarioFault(this.path, `${writePath(this.path) || 'the scenario'}: ${message}`);
  }

  /** The entries of a mapping, of which only those named may be there. @throws ScenarioFault */
  mapping<K extends string>(keys: readonly K[], example: string): Record<K, Place> {
    const entries = this.entries(example);
    for (const [key, place] of entries) {
      if (!(keys as readonly string[]).includes(key)) {
        throw place.wrong(`"${key}" is not expected here: there are ${keys.join(', ')}`);
      }
    }
    const found = Object.fromEntries(entries);
    return Object.fromEntries(keys.map((key) => [key, found[key] ?? this.#child(key, undefined)])) as Record<K, Place>;
  }

  /** The entries of a mapping with any keys. @throws ScenarioFault */
  entries(example: string): [string, Place][] {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong(`keys and values are expected, as in "${example}"`);
    }
    return Object.entries(value).map(([key, entry]) => [key, this.#child(key, entry)]);
  }

  /** The items of a list; none where there is nothing. @throws ScenarioFault */
  list(example: string): Place[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) throw this.wrong(`a list is expected, as in "${example}"`);
    return this.value.map((item: unknown, index) => this.#child(index, item));
  }

  /** A single value as text, formulas in it replaced. @throws ScenarioFault */
  text(example: string): string {
    const { value } = this;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw this.wrong(`${this.isAbsent ? 'this is missing' : 'a single value is expected'}, as in "${example}"`);
    }
    return this.#told(() => substitute(String(value), this.names));
  }

  textOr(fallback: string, example: string): string {
    return this.isAbsent ? fallback : this.text(example);
  }

  duration(example = '100ms'): Duration {
    const text = this.text(example);
    return this.#told(() => parseDuration(text));
  }

  size(example = '64KiB'): number {
    const text = this.text(example);
    return this.#told(() => parseSize(text));
  }

  /** A whole number from `least` to `most`. @throws ScenarioFault */
  whole(least: number, most: number, example: string): number {
    const { value: number, octets, seconds } = this.formula(example);
    if (octets === 0 && seconds === 0 && Number.isInteger(number) && number >= least && number <= most) return number;
    throw this.wrong(`a whole number from ${least} to ${most} is expected, as in "${example}"`);
  }

  /** `true` or `false`. @throws ScenarioFault */
  switch(fallback: boolean): boolean {
    if (this.isAbsent) return fallback;
    const text = this.text('true');
    if (text === 'true' || text === 'false') return text === 'true';
    throw this.wrong(`"${text}" is neither true nor false`);
  }

  /** One of some words. @throws ScenarioFault */
  choice<C extends string>(choices: readonly C[]): C {
    const text = this.text(choices[0]!);
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw this.wrong(`"${text}" is not one of ${choices.join(', ')}`);
    return choice;
  }

  /** Text that `parse` reads. @throws ScenarioFault */
  parsed<T>(parse: (text: string) => T, example: string): T {
    const text = this.text(example);
    return this.#told(() => parse(text));
  }

  plan(): Plan {
    const text = this.text('2s full, 3s stop, full');
    return this.#told(() => parsePlan(text));
  }

  link(): LinkSpec {
    const text = this.text('delay=20ms rate=10Mbit/s');
    return this.#told(() => parseLink(text));
  }

  rules(): Rule[] {
    return this.list('- drop window-update nth 1').map((item) => {
      const text = item.text('drop window-update nth 1');
      return item.#told(() => parseRule(text));
    });
  }

  /** What a formula is worth. @throws ScenarioFault */
  formula(example: string): Quantity {
    const text = this.text(example);
    return this.#told(() => evaluate(text, this.names));
  }

  /** Runs what may find a quantity wrong. @throws ScenarioFault */
  #told<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (error instanceof QuantityError || error instanceof FormulaError) throw this.wrong(error.message);
      throw error;
    }
  }

  #child(key: string | number, value: unknown): Place {
    return new Place(value, [...this.path, key], this.names);
  }
}
