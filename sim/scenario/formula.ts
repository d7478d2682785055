// Formulas in scenarios, `floor(window / mss) * mss / rtt`: parameters, quantities with units, + - * / and a few functions.
// Recursive descent; a name may hold hyphens (`delayed-ack`), so a minus between names stands between spaces.
import { kindOf, parseQuantity, type Quantity, writeQuantity } from './quantity.ts';

/** What is wrong with a formula; the message names it. */
export class FormulaError extends Error {
  override readonly name = 'FormulaError';
}

export type Names = ReadonlyMap<string, Quantity | string>;

const TOKEN =
  /\s*(?:(\d[\d_]*(?:\.\d+)?(?:e-?\d+)?(?:\s?(?:[kKmMgGtT]i?)?(?:B|bit)(?:\/s)?(?![A-Za-z])|(?:ns|us|µs|ms|s|min|h)(?![A-Za-z])|%)?)|([A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)|([-+*/(),]))/y;

type Token = { kind: 'quantity' | 'name' | 'sign'; text: string };

const FUNCTIONS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  floor: ([x = NaN]) => Math.floor(x),
  ceil: ([x = NaN]) => Math.ceil(x),
  round: ([x = NaN]) => Math.round(x),
  sqrt: ([x = NaN]) => Math.sqrt(x),
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
};

/** @throws FormulaError */
export function evaluate(formula: string, names: Names): Quantity {
  return new Evaluation(formula, names).whole();
}

/** `text` with each `${formula}` replaced by what it is worth. @throws FormulaError */
export function substitute(text: string, names: Names): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, formula: string) => {
    const given = names.get(formula.trim());
    if (typeof given === 'string') return given;
    return writeQuantity(evaluate(formula, names));
  });
}

class Evaluation {
  readonly #formula: string;
  readonly #names: Names;
  readonly #tokens: Token[];
  #at = 0;

  constructor(formula: string, names: Names) {
    this.#formula = formula;
    this.#names = names;
    this.#tokens = tokens(formula);
  }

  whole(): Quantity {
    const result = this.#sum();
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw this.#wrong(`"${rest.text}" stands where an operator or the end was expected`);
    return result;
  }

  #sum(): Quantity {
    let left = this.#product();
    for (;;) {
      const sign = this.#sign('+', '-');
      if (sign === undefined) return left;
      const right = this.#product();
      if (left.octets !== right.octets || left.seconds !== right.seconds) {
        throw this.#wrong(`${named(left)} and ${named(right)} cannot be added`);
      }
      left = { ...left, value: sign === '+' ? left.value + right.value : left.value - right.value };
    }
  }

  #product(): Quantity {
    let left = this.#factor();
    for (;;) {
      const sign = this.#sign('*', '/');
      if (sign === undefined) return left;
      const right = this.#factor();
      const power = sign === '*' ? 1 : -1;
      left = {
        value: sign === '*' ? left.value * right.value : left.value / right.value,
        octets: left.octets + power * right.octets,
        seconds: left.seconds + power * right.seconds,
      };
    }
  }

  #factor(): Quantity {
    if (this.#sign('-') !== undefined) {
      const of = this.#factor();
      return { ...of, value: -of.value };
    }
    if (this.#sign('(') !== undefined) {
      const inner = this.#sum();
      if (this.#sign(')') === undefined) throw this.#wrong('a ")" is missing');
      return inner;
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.#wrong('something is missing at its end');
    if (token.kind === 'quantity') return this.#quantity(token.text);
    if (token.kind === 'sign') throw this.#wrong(`"${token.text}" stands where a value was expected`);
    return this.#named(token.text);
  }

  #quantity(text: string): Quantity {
    const found = parseQuantity(text.replaceAll(' ', ''));
    if (found === undefined) throw this.#wrong(`"${text}" is no quantity`);
    return found;
  }

  #named(name: string): Quantity {
    const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (apply !== undefined && this.#sign('(') !== undefined) return this.#call(name, apply);
    const value = this.#names.get(name);
    if (value === undefined) {
      throw this.#wrong(`there is no parameter "${name}": there are ${[...this.#names.keys()].join(', ') || 'none'}`);
    }
    if (typeof value === 'string') throw this.#wrong(`the parameter "${name}" is "${value}", which is no quantity`);
    return value;
  }

  #call(name: string, apply: (values: readonly number[]) => number): Quantity {
    const values = [this.#sum()];
    while (this.#sign(',') !== undefined) values.push(this.#sum());
    if (this.#sign(')') === undefined) throw this.#wrong(`a ")" is missing after ${name}(`);
    const [first] = values;
    if (values.some((v) => v.octets !== first!.octets || v.seconds !== first!.seconds)) {
      throw this.#wrong(`${name}() needs values of one kind`);
    }
    if (name === 'sqrt' && (first!.octets !== 0 || first!.seconds !== 0)) throw this.#wrong('sqrt() needs a number');
    return { ...first!, value: apply(values.map(({ value }) => value)) };
  }

  #sign(...signs: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || !signs.includes(token.text)) return undefined;
    this.#at++;
    return token.text;
  }

  #wrong(why: string): FormulaError {
    return new FormulaError(`the formula "${this.#formula.trim()}": ${why}`);
  }
}

function tokens(formula: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const end = formula.trimEnd().length;
  while (at < end) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(formula);
    if (match === null) {
      throw new FormulaError(`the formula "${formula.trim()}": "${formula.slice(at).trim()}" cannot be understood`);
    }
    const [, literal, name, sign] = match;
    if (literal !== undefined) found.push({ kind: 'quantity', text: literal });
    else if (name !== undefined) found.push({ kind: 'name', text: name });
    else found.push({ kind: 'sign', text: sign! });
    at = TOKEN.lastIndex;
  }
  return found;
}

function named(q: Quantity): string {
  const kind = kindOf(q);
  return kind === undefined ? 'a quantity without a name' : kind === 'number' ? 'a plain number' : `a ${kind}`;
}

/** What a parameter's text stands for: a quantity, or itself. */
export function parameterValue(text: string): Quantity | string {
  return parseQuantity(text) ?? text;
}
