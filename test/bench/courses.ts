// What is measured against what.

export interface Course {
  name: string;
  kind: 'raw' | 'sash';
  /** Octets of each write of the sender. */
  write: number;
  /** Octets of the buffer the receiver reads into; 0 reads by way of 'data'. */
  onread: number;
  mss: number;
  window: number;
  warmUp: number;
  octets: number;
  /** Both ends record to files that begin like this. */
  recordTo?: string;
  /** Both ends fill in and verify checksums. */
  checksums?: boolean;
}

/** What an end of a course measured. */
export interface Measured {
  /** The receiver: from its first octets to the last. */
  ns?: number;
  /** Processor time spent, which says more than the wall's clock where others use the machine too. */
  cpuUs: number;
}

/** What the ends of a course tell: the receiver where it listens; each, in the end, what it measured. */
export type Report = { port: number } | Measured;

const KI = 1_024;
const MI = 1_024 * KI;

export const RAW = 'node:net, 64 KiB writes';
export const LIMIT = 'node:net, 1 MiB writes, 1 MiB onread';
export const RAW_SMALL = 'node:net, 1460-octet writes';

/** The name of a course of sash's. */
export function sashName(mss: number, window: number): string {
  const size = window < MI ? `${window / KI} KiB` : `${window / MI} MiB`;
  return `sash, MSS ${mss}, window ${size}`;
}

export const DATA_READING = `${sashName(1_460, MI)}, read by 'data'`;
export const CHECKSUMMED = `${sashName(1_460, MI)}, with checksums`;
export const RECORDING = `${sashName(1_460, MI)}, recorded at both ends`;

/** Every course of one round; `scale` shortens them. */
export function courses(scale: number, recordTo: string): Course[] {
  // Until some hundred thousand segments have passed, the compiler of V8 works beside the transfer, on the other of two cores.
  const long = { warmUp: 1_024 * MI * scale, octets: 1_024 * MI * scale };
  const short = { warmUp: 256 * MI * scale, octets: 256 * MI * scale };
  const raw = { kind: 'raw' as const, mss: 0, window: 0 };
  const sash = { kind: 'sash' as const, write: 256 * KI, onread: 256 * KI, ...long };
  const all: Course[] = [
    { name: RAW, ...raw, write: 64 * KI, onread: 0, ...long },
    { name: LIMIT, ...raw, write: MI, onread: MI, ...long },
    { name: RAW_SMALL, ...raw, write: 1_460, onread: 0, ...short },
  ];
  for (const mss of [1_460, 16 * KI, 60_000]) {
    for (const window of [64 * KI, MI, 8 * MI]) {
      const name = sashName(mss, window);
      const length = window < MI ? short : long;
      all.push({ name, ...sash, mss, window, ...length, warmUp: length.warmUp * (mss > 1_460 ? 3 : 1) });
    }
  }
  all.push({ name: DATA_READING, ...sash, mss: 1_460, window: MI, onread: 0 });
  all.push({ name: CHECKSUMMED, ...sash, mss: 1_460, window: MI, checksums: true });
  all.push({ name: RECORDING, ...sash, mss: 1_460, window: MI, recordTo });
  return all;
}
