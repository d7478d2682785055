// A scenario's parameters: what the file says, what one of its cases says instead, and what was asked for.
import { type Names, parameterValue } from './formula.ts';
import { type Place } from './place.ts';
import { kindOf, type Quantity } from './quantity.ts';

export interface Asked {
  /** Parameters that are not to be what the file says. */
  set?: ReadonlyMap<string, string>;
  /** Which of `cases`; the file's own parameters without. */
  case?: number;
  seed?: number;
}

export interface Parameters {
  names: Names;
  /** Something was asked for that no case says. */
  isChanged: boolean;
}

/** @throws ScenarioFault */
export function parseParameters(parameters: Place, cases: Place, asked: Asked): Parameters {
  const names = new Map<string, Quantity | string>();
  if (!parameters.isAbsent) {
    for (const [name, place] of parameters.entries('window: 64KiB')) {
      if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name)) {
        throw place.wrong(`"${name}" is no name for a parameter: small letters, digits and hyphens, as in delayed-ack`);
      }
      names.set(name, parameterValue(place.text('64KiB')));
    }
  }
  const items = cases.list('- window: 8760');
  items.forEach((item, index) => {
    const entries = item.entries('window: 8760');
    for (const [name, place] of entries) {
      const value = fitting(place, name, place.text('64KiB'), names);
      if (index === asked.case) names.set(name, value);
    }
  });
  for (const [name, text] of asked.set ?? []) {
    names.set(name, fitting(parameters, name, text, names));
  }
  return { names, isChanged: (asked.set?.size ?? 0) > 0 };
}

/** A number may be one of octets. */
const COUNTS = ['a size', 'a plain number'];

/** The value as what the parameter is: a plain number for a size is octets, and the other way round. @throws ScenarioFault if it is something else */
function fitting(place: Place, name: string, text: string, names: Names): Quantity | string {
  const present = names.get(name);
  const value = parameterValue(text);
  if (present === undefined) {
    throw place.wrong(`there is no parameter "${name}": there are ${[...names.keys()].join(', ') || 'none'}`);
  }
  if (typeof present === 'string') return value; // a word, such as auto, may give way to anything
  const [wanted, given] = [kindName(present), kindName(value)];
  if (typeof value !== 'string' && (wanted === given || [wanted, given].every((kind) => COUNTS.includes(kind)))) {
    return { ...present, value: value.value };
  }
  throw place.wrong(`"${name}" is ${wanted}, and is given ${given}`);
}

function kindName(value: Quantity | string): string {
  if (typeof value === 'string') return 'a word';
  const kind = kindOf(value);
  return kind === 'number' || kind === undefined ? 'a plain number' : `a ${kind}`;
}
