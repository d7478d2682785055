// What two recordings say they were made with, where that differs.
import { type Json } from '../vocabulary.ts';

export interface Setting {
  name: string;
  a: Json | undefined;
  b: Json | undefined;
}

/** Different from run to run, and of no effect. */
const MEANINGLESS = /^(?:iss|localPort|remotePort|timestampOffset)$/;

/** Settings that differ, by their names with dots. */
export function settingsThatDiffer(a: Json, b: Json): Setting[] {
  const [ours, theirs] = [flat(a), flat(b)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  return names
    .filter((name) => !MEANINGLESS.test(name) && JSON.stringify(ours.get(name)) !== JSON.stringify(theirs.get(name)))
    .map((name) => ({ name, a: ours.get(name), b: theirs.get(name) }));
}

function flat(value: Json, name = '', into = new Map<string, Json>()): Map<string, Json> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    into.set(name, value);
    return into;
  }
  for (const [key, each] of Object.entries(value)) flat(each, name === '' ? key : `${name}.${key}`, into);
  return into;
}
