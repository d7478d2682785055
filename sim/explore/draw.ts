// What a run of the exploration is made of, drawn from its seed: paths, connections, applications.
import { Plan } from '../../src/app/index.ts';
import { type LinkSpec, type Random } from '../../src/link/index.ts';
import {
  BUILT_IN,
  type ConnectionOptions,
  type Duration,
  MILLISECOND,
  NEVER,
  type ProfileName,
  seq,
} from '../../src/tcp/index.ts';
import { EagerReader, PlannedReader, type Reader } from '../readers.ts';
import { BulkWriter, PacedWriter, TimedWriter, type Writer } from '../writers.ts';

const MS = MILLISECOND;

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.below(choices.length)]!;
}

/** One direction of a link, as bad as paths get and worse; its faults end when the network heals. */
export function drawLink(random: Random, heals: Duration): LinkSpec {
  const spec: LinkSpec = { delay: random.below(pick(random, [1, 20, 200])) * MS };
  if (random.chance(0.4)) {
    const amount = random.below(50) * MS;
    spec.jitter = { amount, shape: pick(random, ['uniform', 'normal', 'pareto']), mayReorder: random.chance(0.5) };
  }
  if (random.chance(0.5)) {
    spec.rate = pick(random, [64_000, 1_000_000, 100_000_000]);
    spec.queue = { kind: 'drop-tail', segments: 1 + random.below(40), octets: Infinity };
    if (random.chance(0.3)) spec.queue = { ...spec.queue, kind: 'codel', target: 5 * MS, interval: 100 * MS };
  }
  if (random.chance(0.5)) spec.loss = { kind: 'bernoulli', probability: random.real() * 0.3 };
  else if (random.chance(0.2)) {
    spec.loss = { kind: 'gilbert-elliott', toBad: 0.05, toGood: 0.3, lossInBad: 0.8, lossInGood: 0.01 };
  }
  if (random.chance(0.3)) spec.duplication = random.real() * 0.2;
  if (random.chance(0.2)) spec.corruption = random.real() * 0.1;
  if (random.chance(0.3)) spec.reordering = { probability: random.real() * 0.3, by: random.below(100) * MS };
  if (random.chance(0.2)) {
    const from = random.below(Math.max(1, heals / MS - 1)) * MS;
    spec.outages = [{ from, until: Math.min(heals, from + (1 + random.below(5_000)) * MS) }];
  }
  return spec;
}

/** Settings of one end; `mss` is shared so that the length of the stream can follow from it. */
export function drawEnd(random: Random, mss: number): { options: Partial<ConnectionOptions>; profile: ProfileName } {
  const receiveBuffer = Math.max(1, Math.floor(mss * pick(random, [0.3, 1, 1.5, 2, 4, 10, 100]) + random.below(3) - 1));
  const options: Partial<ConnectionOptions> = {
    mss: random.chance(0.8) ? mss : 1 + random.below(mss * 2),
    receiveBuffer,
    sendBuffer: random.chance(0.5) ? 'auto' : 1 + random.below(mss * 20),
    nagle: pick(random, ['nagle', 'minshall', 'off']),
    sillyWindowAvoidance: random.chance(0.8),
    timestamps: random.chance(0.4),
    sack: random.chance(0.6),
    congestion: pick(random, ['none', 'none', 'reno', 'cubic']),
    delayedAck: pick(random, [0, 40, 200, 499]) * MS,
    probeStyle: pick(random, ['rfc', 'linux']),
    policies: drawPolicies(random),
    userTimeout: NEVER,
    r2: NEVER,
    r2Syn: NEVER,
  };
  if (random.chance(0.5)) options.iss = seq(2 ** 32 - 1 - random.below(mss * 30));
  if (random.chance(0.3)) {
    const most = 31 - Math.clz32(receiveBuffer);
    options.windowScale = random.chance(0.3) ? 'off' : random.below(Math.min(14, most) + 1);
  }
  return { options, profile: pick(random, ['rfc', 'linux']) };
}

/** What only the bad policies break on purpose; those stay out of runs that are to be safe. */
const SAFETY: readonly string[] = ['SHLD-14', 'MUST-36', 'RCV.BUFF', 'SND.WND'];

function drawPolicies(random: Random): ConnectionOptions['policies'] {
  const chosen: Record<string, string> = {};
  for (const [kind, policies] of Object.entries(BUILT_IN)) {
    const safe = Object.entries(policies).filter(
      ([, make]) => !(make().breaks ?? []).some((it: string) => SAFETY.includes(it)),
    );
    if (safe.length > 0 && random.chance(0.15)) chosen[kind] = pick(random, safe)[0];
  }
  return chosen;
}

/** Segments' worth of octets that a writer writes at most. */
const MOST_SEGMENTS = 100;

export function drawWriter(random: Random, mss: number): Writer {
  const total = random.below(mss * pick(random, [2, 10, MOST_SEGMENTS]));
  switch (random.below(4)) {
    case 0: {
      const messages = Array.from({ length: random.below(20) }, () => ({
        at: random.below(8_000) * MS,
        octets: 1 + random.below(mss * 3),
      }));
      return new TimedWriter(messages.toSorted((a, b) => a.at - b.at));
    }
    case 1:
      return new PacedWriter(total, drawPlan(random, total));
    default:
      return new BulkWriter(total, { chunk: 1 + random.below(Math.max(1, total)) });
  }
}

export function drawReader(random: Random, mss: number): Reader {
  if (random.chance(0.3)) return new EagerReader();
  const chunk = random.chance(0.5) ? {} : { chunk: 1 + random.below(mss * 2) };
  return new PlannedReader(drawPlan(random, mss * MOST_SEGMENTS), chunk);
}

/** Phases of stops, full speed and rates; the last moves, or the run could not end. */
function drawPlan(random: Random, total: number): Plan {
  const rate = (): number => Math.max(50, (total / 20) * (0.5 + random.real()));
  const phases = Array.from({ length: random.below(5) }, () => ({
    duration: (1 + random.below(6_000)) * MS,
    rate: pick(random, [0, 0, Infinity, rate()]),
  }));
  return new Plan([...phases, { duration: NEVER, rate: random.chance(0.5) ? Infinity : rate() }]);
}
