// Exhaustive: a transfer of three segments through a window of two, whose reader stops once and starts again, with every
// pattern of up to so many lost segments, of either end, anywhere. No pattern may deadlock the window.
//
// Segments of both directions are numbered in the order in which they come half way. A pattern is the numbers that are lost; the run under it shows
// how many segments there are, and each number beyond the pattern's last makes a further pattern: every set is met once.
import { Plan } from '../../src/app/index.ts';
import { type Flight, type LinkSpec } from '../../src/link/index.ts';
import {
  checkTcb,
  type ConnectionOptions,
  type Duration,
  HOUR,
  type Instant,
  MILLISECOND,
  SECOND,
} from '../../src/tcp/index.ts';
import { TwoWay } from '../applications.ts';
import { Network, Router } from '../network.ts';
import { PlannedReader } from '../readers.ts';
import { BulkWriter, Silent } from '../writers.ts';
import { Inspector } from './inspector.ts';

const MSS = 100;
const SEGMENTS = 3;
const WINDOW = 2 * MSS;
const LINK: LinkSpec = { delay: 10 * MILLISECOND };
const STOP: Duration = 3 * SECOND;
const ENDS: Duration = HOUR;

export interface Exhausted {
  patterns: number;
  /** Patterns after which not everything arrived. */
  deadlocks: number[][];
}

/** @param most lost segments at a time; @param options of the sender */
export function exhaust(most: number, options: Partial<ConnectionOptions> = {}): Exhausted {
  const found: Exhausted = { patterns: 0, deadlocks: [] };
  const visit = (pattern: number[]): void => {
    const { sent, isDelivered } = transfer(pattern, options);
    found.patterns++;
    if (!isDelivered) found.deadlocks.push(pattern);
    if (pattern.length === most || !isDelivered) return;
    for (let next = (pattern.at(-1) ?? 0) + 1; next <= sent; next++) visit([...pattern, next]);
  };
  visit([]);
  return found;
}

/** Half way between the two: loses segments by their numbers. */
class Sieve extends Router {
  passed = 0;
  readonly #lost: readonly number[];

  constructor(name: string, lost: readonly number[]) {
    super(name);
    this.#lost = lost;
  }

  override receive(flight: Flight, now: Instant): void {
    this.passed++;
    if (!this.#lost.includes(this.passed)) super.receive(flight, now);
  }
}

/** One transfer in which the segments of these numbers, from 1, are lost. */
function transfer(
  pattern: readonly number[],
  options: Partial<ConnectionOptions>,
): { sent: number; isDelivered: boolean } {
  const network = new Network(1);
  const [a, b] = [network.host('a'), network.host('b')];
  const sieve = new Sieve('half-way', pattern);
  network.router(sieve.name, sieve);
  for (const host of [a, b]) network.connect(host, sieve, { spec: LINK }, { spec: LINK });
  network.inspect = ({ sessions }) => {
    for (const { connection } of sessions) if (connection.state !== 'CLOSED') checkTcb(connection.tcb);
  };
  const reader = new PlannedReader(
    new Plan([
      { duration: STOP, rate: 0 },
      { duration: ENDS, rate: Infinity },
    ]),
  );
  const shared: Partial<ConnectionOptions> = { mss: MSS, delayedAck: 0, windowScale: 'off' };
  b.listen(1, { connection: { ...shared, receiveBuffer: WINDOW } }, (connection) => {
    connection.observe(new Inspector());
    return new TwoWay(new Silent(), reader);
  });
  const { connection } = a.connect(b, 1, { ...shared, r2: ENDS, r2Syn: ENDS, ...options }, (observed) => {
    observed.observe(new Inspector());
    return new TwoWay(new BulkWriter(SEGMENTS * MSS), new PlannedReader(Plan.steady(Infinity)));
  });
  network.run(ENDS);
  return { sent: sieve.passed, isDelivered: reader.read === SEGMENTS * MSS && connection.state === 'CLOSED' };
}
