// What only this process knows: the key of its initial sequence numbers and ports (RFC 6528), made once.
import { randomBytes } from 'node:crypto';
import { type Secret } from '../stack/index.ts';

let made: Secret | undefined;

export function processSecret(): Secret {
  if (made !== undefined) return made;
  const octets = randomBytes(16);
  made = [octets.readInt32LE(0), octets.readInt32LE(4), octets.readInt32LE(8), octets.readInt32LE(12)];
  return made;
}
