// A happening as JSON: what `sash trace export --to jsonl` writes, a line each. Names are the vocabulary's, units in them;
// only what JSON cannot say well is said otherwise: control bits as letters, the text as hexadecimal digits, no instant as null.
import { flagLetters } from './packetdrill.ts';
import { type Happening, type Json } from './vocabulary.ts';

/** As plain data that JSON can say, `type` and `atNs` first. */
export function toJson(happening: Happening): { readonly [name: string]: Json } {
  const { type, atNs, ...rest } = happening;
  const json: Record<string, Json> = { type, atNs };
  for (const [name, value] of Object.entries(rest)) {
    if (name === 'flags') json[name] = flagLetters(value as number);
    else if (value instanceof Uint8Array) json[`${name}Hex`] = hex(value);
    else json[name] = value === Infinity ? null : (value as Json);
  }
  return json;
}

/** One line, without its end. */
export function toJsonLine(happening: Happening): string {
  return JSON.stringify(toJson(happening));
}

function hex(octets: Uint8Array): string {
  let digits = '';
  for (const octet of octets) digits += octet.toString(16).padStart(2, '0');
  return digits;
}
