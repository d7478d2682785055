// What this is, with its version, as recordings and feeds name it.
import { readFileSync } from 'node:fs';

/** `sash 0.1.0`. */
export function application(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return `${name} ${version}`;
}
