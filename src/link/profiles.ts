// Links by name: one direction each, round numbers for what such a path is like, not a model of any one network. The first
// three follow WebPageTest's connectivity profiles of those names; a geostationary hop is 2 × 35,786 km long, 240 ms.
import { MICROSECOND, MILLISECOND } from '../tcp/index.ts';
import { type LinkSpec } from './spec.ts';

const KBIT = 1_000;
const MBIT = 1_000_000;
const GBIT = 1_000_000_000;

/** A drop-tail queue of about `octets`, however many segments that are. */
function queue(octets: number): NonNullable<LinkSpec['queue']> {
  return { kind: 'drop-tail', segments: Infinity, octets };
}

export const LINK_PROFILES: ReadonlyMap<string, LinkSpec> = new Map<string, LinkSpec>([
  ['dsl', { delay: 25 * MILLISECOND, rate: 1.5 * MBIT, queue: queue(65_536) }],
  ['dsl-up', { delay: 25 * MILLISECOND, rate: 384 * KBIT, queue: queue(32_768) }],
  ['3g', { delay: 150 * MILLISECOND, rate: 1.6 * MBIT, queue: queue(131_072) }],
  ['3g-up', { delay: 150 * MILLISECOND, rate: 768 * KBIT, queue: queue(65_536) }],
  ['lte', { delay: 35 * MILLISECOND, rate: 12 * MBIT, queue: queue(262_144) }],
  [
    'satellite',
    {
      delay: 300 * MILLISECOND,
      rate: 20 * MBIT,
      queue: queue(1_048_576),
      loss: { kind: 'bernoulli', probability: 0.0005 },
    },
  ],
  [
    'satellite-up',
    {
      delay: 300 * MILLISECOND,
      rate: 3 * MBIT,
      queue: queue(262_144),
      loss: { kind: 'bernoulli', probability: 0.0005 },
    },
  ],
  ['data-centre', { delay: 50 * MICROSECOND, rate: 10 * GBIT, queue: queue(524_288) }],
]);
