// A scenario as text: read, with every fault at its line; changed at a place without losing the rest of it; and as a link's
// hash, which carries the whole of it.
import { type Document, isCollection, isMap, isScalar, LineCounter, parseDocument } from 'yaml';

export interface Read {
  value: unknown;
  document: Document;
  lines: LineCounter;
}

export interface Wrong {
  line: number;
  message: string;
}

/** More text than this is nobody's scenario. */
export const MOST_TEXT = 65_536;

export function readText(text: string): Read | Wrong {
  if (text.length > MOST_TEXT) return { line: 1, message: `a scenario has at most ${MOST_TEXT} characters` };
  const lines = new LineCounter();
  try {
    // Aliases could make much of little.
    const document = parseDocument(text, { lineCounter: lines, maxAliasCount: 50 } as Parameters<
      typeof parseDocument
    >[1]);
    const [error] = document.errors;
    if (error !== undefined) {
      return { line: lines.linePos(error.pos[0]).line, message: `this is not YAML: ${error.message.split('\n')[0]!}` };
    }
    return { value: document.toJS({ maxAliasCount: 50 }) as unknown, document, lines };
  } catch (error) {
    return { line: 1, message: `this is not YAML: ${error instanceof Error ? error.message.split('\n')[0]! : ''}` };
  }
}

/** The line of the innermost part of `path` that is there. */
export function lineOf({ document, lines }: Read, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true) as { range?: readonly number[] } | undefined;
    const at = node?.range?.[0];
    if (at !== undefined) return lines.linePos(at).line;
  }
  return 1;
}

/** The text at a place; '' where there is nothing, or more than a single value. */
export function valueAt({ document }: Read, path: readonly (string | number)[]): string {
  const node: unknown = document.getIn(path, true);
  if (!isScalar(node) || node.value === null) return '';
  const value: unknown = node.source ?? node.value;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** More than a single value stands there. */
export function isNested({ document }: Read, path: readonly (string | number)[]): boolean {
  return isCollection(document.getIn(path, true));
}

/** The scenario with another value there, or none. */
export function withValue(text: string, path: readonly (string | number)[], value: string): string {
  const read = readText(text);
  if (!('document' in read)) return text;
  const { document } = read;
  // A flow's `sender` may be missing: what is set in it makes it.
  for (let depth = 1; depth < path.length; depth++) {
    const above = path.slice(0, depth);
    const node: unknown = document.getIn(above, true);
    if (node === undefined || node === null || (isScalar(node) && node.value === null))
      document.setIn(above, document.createNode({}));
  }
  if (value.trim() === '') document.deleteIn(path);
  else document.setIn(path, /^-?\d+$/.test(value.trim()) ? Number(value) : value.trim());
  removeEmpty(document, path);
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

function removeEmpty(document: Document, path: readonly (string | number)[]): void {
  for (let depth = path.length - 1; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (!isMap(node) || node.items.length > 0) return;
    document.deleteIn(path.slice(0, depth));
  }
}

// ---- links ----

/** The text compressed (RFC 1951), as base64url. */
export async function toHash(text: string): Promise<string> {
  const octets = await pipe(new TextEncoder().encode(text), new CompressionStream('deflate-raw'), Infinity);
  let binary = '';
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** What a link carried; undefined if that is nothing of ours. It is text to be read as a scenario, and nothing else. */
export async function fromHash(hash: string): Promise<string | undefined> {
  if (hash.length > 2 * MOST_TEXT || !/^[\w-]+$/.test(hash)) return undefined;
  try {
    const binary = atob(hash.replaceAll('-', '+').replaceAll('_', '/'));
    const octets = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const text = await pipe(octets, new DecompressionStream('deflate-raw'), 4 * MOST_TEXT);
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    return undefined;
  }
}

async function pipe(
  octets: Uint8Array<ArrayBuffer>,
  through: GenericTransformStream,
  most: number,
): Promise<Uint8Array> {
  const reader = new Blob([octets]).stream().pipeThrough(through).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError('too long');
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
