// The scenarios that come along, what is asked of one, and the link that carries it.
import { SCENARIOS } from 'sash:scenarios';
import { fromHash, toHash } from './scenario-text.ts';

export const LIBRARY = SCENARIOS;

export interface Asked {
  text: string;
  /** Digits, or '' for the scenario's own. */
  seed: string;
  /** Parameters that are not to be what the text says. */
  set: Readonly<Record<string, string>>;
}

export function libraryNameOf(text: string): string | undefined {
  return Object.keys(LIBRARY).find((name) => LIBRARY[name] === text);
}

/** `#sim=…` */
export async function linkOf(asked: Asked): Promise<string> {
  return `#sim=${await toHash(JSON.stringify(asked))}`;
}

/** What a link asks for; undefined where it is none of ours. Whatever it says is only ever read as a scenario. */
export async function askedOf(hash: string): Promise<Asked | undefined> {
  const coded = /^#sim=([\w-]+)$/.exec(hash)?.[1];
  const text = coded === undefined ? undefined : await fromHash(coded);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Asked, unknown>> | null;
    if (value === null || typeof value.text !== 'string') return undefined;
    const seed = typeof value.seed === 'string' && /^\d{0,15}$/.test(value.seed) ? value.seed : '';
    const entries = typeof value.set === 'object' && value.set !== null ? Object.entries(value.set).slice(0, 100) : [];
    const set = Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== '__proto__'),
    );
    return { text: value.text, seed, set };
  } catch {
    return undefined;
  }
}
