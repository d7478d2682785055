// Rates instead of credits: Akka's token bucket, nginx's leaky bucket, Spark's PID controller, Kafka's quota, RSocket's leases.
// The PID is the one that `--on-full throttle:pid` steers by.
import { type PidOptions, PidRate, SPARK_PID } from '../../../src/app/index.ts';
import { type Duration, type Instant, MILLISECOND, NEVER, SECOND } from '../../../src/tcp/index.ts';
import { hop } from '../hop.ts';
import { type Door, type Entry, type Feedback, type Gate, type Rule, type View } from '../model.ts';

/** Akka's TokenBucket: how long an element that is offered now has to wait; it is then taken to have waited. */
export class TokenBucket implements Gate {
  readonly #capacity: number;
  readonly #interval: Duration;
  #tokens: number;
  /** When the last token came. */
  #at: Instant = 0;

  constructor(capacity: number, interval: Duration) {
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#interval = interval;
  }

  /** TokenBucket.offer: what it costs is taken at once; tokens come only in whole intervals. */
  offer(now: Instant): Duration {
    this.#refill(now);
    if (this.#tokens >= 1) {
      this.#tokens--;
      return 0;
    }
    const wait = this.#at + this.#interval - now;
    this.#at += this.#interval;
    return wait;
  }

  room(now: Instant): number {
    this.#refill(now);
    return this.#tokens;
  }

  spend(units: number, now: Instant): void {
    this.#refill(now);
    this.#tokens -= units;
  }

  hear(): void {}

  opensAt(now: Instant): Instant {
    return this.room(now) >= 1 ? NEVER : this.#at + this.#interval;
  }

  #refill(now: Instant): void {
    const whole = Math.floor((now - this.#at) / this.#interval);
    if (whole <= 0) return;
    this.#tokens = Math.min(this.#capacity, this.#tokens + whole);
    this.#at += whole * this.#interval;
  }
}

/** nginx's limit_req: a leaky bucket in thousandths of a request (ngx_http_limit_req_lookup). */
export class LimitReq implements Door {
  readonly #perSecond: number;
  readonly #burst: number;
  #excess = 0;
  #last: Instant | undefined;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  arrives(now: Instant): Duration | 'refused' {
    const elapsed = this.#last === undefined ? 0 : (now - this.#last) / SECOND;
    const excess = this.#last === undefined ? 0 : Math.max(0, this.#excess - this.#perSecond * elapsed + 1);
    if (excess > this.#burst) return 'refused'; // what is refused leaves no trace in the bucket
    this.#excess = excess;
    this.#last = now;
    return Math.round((excess * SECOND) / this.#perSecond);
  }
}

/** spark.streaming.backpressure.pid.*, as they come. */
const PID: PidOptions = { ...SPARK_PID, interval: SECOND };

interface Batch {
  size: number;
  cutAt: Instant;
  done: number;
  startedAt: Instant;
}

/** Spark Streaming's receiver: a batch is cut every interval, batches run one after another, and each that ends sets the rate. */
export class SparkRate implements Rule {
  readonly every = PID.interval;
  readonly #pid = new PidRate(PID);
  readonly #batches: Batch[] = [];
  #gathered = 0;

  start(): Feedback[] {
    return [];
  }

  arrived(units: number): Feedback[] {
    this.#gathered += units;
    return [];
  }

  ticked(view: View): Feedback[] {
    if (this.#gathered > 0) this.#batches.push({ size: this.#gathered, cutAt: view.now, done: 0, startedAt: -1 });
    this.#gathered = 0;
    return [];
  }

  taken(_units: number, view: View): Feedback[] {
    const batch = this.#batches[0];
    if (batch !== undefined && batch.startedAt < 0) batch.startedAt = view.now;
    return [];
  }

  done(units: number, view: View): Feedback[] {
    const batch = this.#batches[0];
    if (batch === undefined) return [];
    batch.done += units;
    if (batch.done < batch.size) return [];
    this.#batches.shift();
    const began = Math.max(batch.startedAt, batch.cutAt);
    const rate = this.#pid.compute(view.now, batch.size, view.now - began, began - batch.cutAt);
    return rate === undefined ? [] : [{ kind: 'rate', perSecond: rate }];
  }
}

export interface QuotaSpec {
  /** Octets per second. */
  bound: number;
  samples: number;
  windowMs: number;
}

/** Kafka's broker quota: the rate over eleven samples of a second, of which ten at least count as elapsed (Rate.windowSize). */
export class Quota {
  readonly #spec: QuotaSpec;
  #samples: { startMs: number; octets: number }[] = [];

  constructor(spec: QuotaSpec) {
    this.#spec = spec;
  }

  /** Octets that were received at a time; gives for how long the channel is muted, in ms. */
  record(octets: number, nowMs: number): { rate: number; windowMs: number; throttleMs: number } {
    const { samples, windowMs, bound } = this.#spec;
    const current = this.#samples.at(-1);
    if (current === undefined || nowMs - current.startMs >= windowMs) this.#samples.push({ startMs: nowMs, octets });
    else current.octets += octets;
    this.#samples = this.#samples.filter(({ startMs }) => nowMs - startMs < samples * windowMs);
    const total = this.#samples.reduce((sum, sample) => sum + sample.octets, 0);
    let elapsed = nowMs - this.#samples[0]!.startMs;
    const full = Math.floor(elapsed / windowMs);
    if (full < samples - 1) elapsed += (samples - 1 - full) * windowMs;
    const rate = (total / elapsed) * 1_000;
    // QuotaUtils.throttleTime: X = (O − T) / T · W
    const throttleMs = rate > bound ? Math.round(((rate - bound) / bound) * elapsed) : 0;
    return { rate, windowMs: elapsed, throttleMs };
  }
}

/** The sender's side of RSocket's LEASE: a new one replaces what is left of the old, and time ends it. */
export class LeaseGate implements Gate {
  readonly #lifetime: Duration;
  #left = 0;
  #until: Instant = 0;

  constructor(lifetime: Duration) {
    this.#lifetime = lifetime;
  }

  room(now: Instant): number {
    return now < this.#until ? this.#left : 0;
  }

  spend(units: number): void {
    this.#left -= units;
  }

  hear(feedback: Feedback, now: Instant): void {
    if (feedback.kind !== 'grant') return;
    this.#left = feedback.units;
    this.#until = now + this.#lifetime;
  }

  opensAt(): Instant {
    return NEVER;
  }
}

const LEASE: Duration = SECOND;
/** Where the consumer takes no time, a rate that the line does not reach. */
const UNLIMITED = 1_000_000;

function paced(serves: number): number {
  return serves === Infinity ? UNLIMITED : serves;
}

export const THROTTLES: readonly Entry[] = [
  {
    id: 'akka-throttle',
    name: 'Akka Streams, throttle (shaping)',
    family: 'shedding',
    signal: 'none: a token bucket at the producer',
    unit: 'items',
    window: 5,
    refill: null,
    grants: 'rate',
    whenFull: 'the element waits for a token; Enforcing fails instead',
    mechanism:
      'A bucket of tokens that fills at a fixed rate; each element takes one, or waits. Nothing is heard from the consumer: the rate has to be right beforehand.',
    numbers: ['here: as many per second as the consumer can do, bursts of 5'],
    sources: [{ where: 'akka 9892c5e415 util/TokenBucket.scala; stream-rate.md', how: 'derived' }],
    leavesOut: 'costs other than 1, Enforcing. A token comes every interval on a fixed grid.',
    hops: ({ serves }) => [hop('items', { gate: () => new TokenBucket(5, Math.round(SECOND / paced(serves))) })],
  },
  {
    id: 'spark',
    name: 'Spark Streaming, PID',
    family: 'stream processor',
    signal: 'a rate after every batch',
    unit: 'items',
    window: null,
    refill: null,
    grants: 'rate',
    whenFull: 'batches queue: the scheduling delay grows',
    mechanism:
      'rate = max(min, rate − Kp·error − Ki·(scheduling delay · processing rate / interval)): after each batch, when it is done. The first learns only; batches that are cut meanwhile come unbounded: the loop has dead time.',
    numbers: [
      'Kp 1.0, Ki 0.2, Kd 0',
      'minRate 100',
      'batches of 1 s',
      'backpressure.enabled false',
      'initialRate unlimited',
    ],
    sources: [
      { where: 'apache/spark PIDRateEstimator.scala, RateController.scala, config/Streaming.scala', how: 'derived' },
      { where: 'apache/spark PIDRateEstimatorSuite.scala', how: 'test' },
    ],
    leavesOut:
      'executors that come and go, blocks of 200 ms, Guava’s burst; enabled here, though it is off by default.',
    hops: () => [hop('items', { rule: () => new SparkRate(), batchEvery: SECOND })],
  },
  {
    id: 'nginx-limit-req',
    name: 'nginx limit_req',
    family: 'shedding',
    signal: '503',
    unit: 'requests',
    window: 6,
    refill: null,
    grants: 'none',
    whenFull: 'refused at the door; a burst waits there',
    mechanism:
      'A leaky bucket: what comes faster than the rate waits, up to `burst` of them, and what exceeds that is answered 503. The client is not told when to come again.',
    numbers: ['no default rate; here the consumer’s', 'burst 5'],
    sources: [{ where: 'nginx 3f6f7824 ngx_http_limit_req_module.c', how: 'derived' }],
    leavesOut: 'nodelay, delay=, zones of shared memory. Time counts in nanoseconds, not in milliseconds.',
    hops: ({ serves }) => [hop('requests', { door: () => new LimitReq(paced(serves), 5) })],
  },
  {
    id: 'kafka-quota',
    name: 'Kafka broker, produce quota',
    family: 'log',
    signal: 'the channel is muted for so long',
    unit: 'octets',
    window: null,
    refill: null,
    grants: 'gate',
    whenFull: 'the broker does not read the client’s socket',
    mechanism:
      'The broker averages what a client sent over eleven samples of a second, ten of which count from the start. Beyond the quota it mutes the channel for X = (O − T) / T · W, so that the average is the quota again: a second of surplus is answered by a long silence.',
    numbers: [
      'quota.window.num 11',
      'quota.window.size.seconds 1',
      'no quota by default; here what the consumer can do',
    ],
    sources: [
      { where: 'kafka 1eb7644349c common.metrics.stats.Rate; QuotaUtils.java', how: 'executed' },
      { where: 'kafka 1eb7644349c SocketServerConfigs.java:168', how: 'derived' },
    ],
    leavesOut: 'request quotas, the throttle time that the response tells; unmuting is looked at every millisecond.',
    hops: ({ serves, size }) => [hop('octets', { frame: Infinity, rule: () => new QuotaRule(paced(serves) * size) })],
  },
  {
    id: 'rsocket-lease',
    name: 'RSocket LEASE',
    family: 'shedding',
    signal: 'LEASE(n, ttl)',
    unit: 'requests',
    window: null,
    refill: null,
    grants: 'relative',
    whenFull: 'a request beyond the lease is REJECTED',
    mechanism:
      'The responder allows n new requests for a time; a new lease replaces what is left of the old one, and at its end nothing is left.',
    numbers: ['no default; here a second’s worth every second'],
    sources: [{ where: 'rsocket 0f6e555 Protocol.md, Resuming and Lease Semantics', how: 'specification' }],
    leavesOut: 'leases of the other direction. Rejection happens at the requester, who counts as the protocol has it.',
    hops: ({ serves }) => [
      hop('requests', {
        gate: () => new LeaseGate(LEASE),
        rule: () => new Leasing(paced(serves)),
        front: { capacity: 0, unit: 'items', overflow: 'refuse' },
      }),
    ],
  },
];

class Leasing implements Rule {
  readonly every = LEASE;
  readonly #perLease: number;

  constructor(perLease: number) {
    this.#perLease = perLease;
  }

  start(): Feedback[] {
    return [{ kind: 'grant', units: this.#perLease }];
  }

  ticked(view: View): Feedback[] {
    // Nothing is promised twice: what waits here is taken off the next lease.
    return [{ kind: 'grant', units: Math.max(0, Math.round(this.#perLease - view.queuedItems)) }];
  }
}

/** Mutes the channel for as long as the quota says. */
class QuotaRule implements Rule {
  readonly every = MILLISECOND;
  readonly #quota: Quota;
  #mutedUntil: Instant = 0;

  constructor(bound: number) {
    this.#quota = new Quota({ bound, samples: 11, windowMs: 1_000 });
  }

  start(): Feedback[] {
    return [];
  }

  arrived(octets: number, view: View): Feedback[] {
    const { throttleMs } = this.#quota.record(octets, view.now / MILLISECOND);
    if (throttleMs === 0) return [];
    const isMuted = this.#mutedUntil > 0;
    this.#mutedUntil = Math.max(this.#mutedUntil, view.now + throttleMs * MILLISECOND);
    return isMuted ? [] : [{ kind: 'gate', open: false }];
  }

  ticked(view: View): Feedback[] {
    if (this.#mutedUntil === 0 || view.now < this.#mutedUntil) return [];
    this.#mutedUntil = 0;
    return [{ kind: 'gate', open: true }];
  }
}
