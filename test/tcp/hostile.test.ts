// Whatever arrives, in whatever state and order: nothing throws, every invariant holds, no more memory is held than was
// offered, and the reasons for silence add up. fast-check shrinks what fails and prints its seed and path.
import process from 'node:process';
import test from 'ava';
import fc from 'fast-check';
import {
  BUILT_IN,
  ABSENT,
  ACK,
  checkTcb,
  Connection,
  connectionOptions,
  type Instant,
  MILLISECOND,
  Segment,
  seq,
  seqAdd,
} from '../../src/tcp/index.ts';

// The same cases every time; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['SASH_SEED'] ?? 1) });

const near = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 4, arbitrary: fc.integer({ min: -3_000, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
);

/** Where a segment lies, relative to what the TCB expects at that moment. */
const arrival = fc.record({
  kind: fc.constant('arrival' as const),
  flags: fc.oneof(fc.constant(ACK), fc.integer({ min: 0, max: 63 })),
  seqFrom: fc.constantFrom('RCV.NXT', 'edge', 'zero' as const),
  seqOffset: near,
  ackFrom: fc.constantFrom('SND.UNA', 'SND.NXT', 'SND.MAX' as const),
  ackOffset: near,
  wnd: fc.oneof(fc.constantFrom(0, 1, 500, 65_535), fc.integer({ min: 0, max: 65_535 })),
  length: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 0, max: 3_000 })),
  up: fc.oneof(fc.constantFrom(0, 1, 65_535), fc.nat({ max: 3_000 })),
  mss: fc.constantFrom(ABSENT, 0, 1, 1_460, 65_535),
  windowScale: fc.constantFrom(ABSENT, 0, 7, 14, 255),
  tsVal: fc.oneof(fc.constant(ABSENT), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  sacks: fc.array(fc.tuple(near, near), { maxLength: 4 }),
});

const actions = fc.oneof(
  { weight: 6, arbitrary: arrival },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('connect', 'listen', 'close', 'abort', 'lost' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('write', 'writeUrgent', 'read' as const),
      count: fc.integer({ min: 0, max: 4_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('hold', 'release' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('poll' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 100_000 }) }) },
  // A handshake that works, or nearly everything would happen in LISTEN and SYN-SENT.
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('establish' as const), wnd: fc.nat({ max: 65_535 }) }) },
);

type Action = typeof actions extends fc.Arbitrary<infer T> ? T : never;

/** Mostly what is standard; else one of the built-in policies, the bad ones too. */
function named(kind: keyof typeof BUILT_IN): fc.Arbitrary<string> {
  const others = fc.constantFrom(...Object.keys(BUILT_IN[kind]));
  return fc.oneof({ weight: 4, arbitrary: fc.constant('standard') }, { weight: 1, arbitrary: others });
}

const setting = fc.record({
  iss: fc.constantFrom(0, 2 ** 31 - 1_000, 2 ** 32 - 1_000),
  receiveBuffer: fc.constantFrom(1, 2, 1_000, 70_000),
  sendBuffer: fc.constantFrom<'auto' | number>(1, 3_000, 'auto'),
  mss: fc.constantFrom(1, 536, 1_460),
  windowScale: fc.constantFrom<'off' | 'auto' | number>('off', 'auto', 0),
  nagle: fc.constantFrom('nagle', 'minshall', 'off' as const),
  sillyWindowAvoidance: fc.boolean(),
  timestamps: fc.boolean(),
  sack: fc.boolean(),
  congestion: fc.constantFrom('none', 'reno', 'cubic' as const),
  policies: fc.record({
    window: named('window'),
    ack: named('ack'),
    gate: named('gate'),
    probe: named('probe'),
    rto: named('rto'),
  }),
  probeStyle: fc.constantFrom('rfc', 'linux' as const),
  delayedAck: fc.constantFrom(0, 40 * MILLISECOND),
  userTimeout: fc.constantFrom(Infinity, 30_000 * MILLISECOND),
  keepalive: fc.constantFrom(undefined, { idle: 5e9, interval: 1e9, count: 3 }),
});

const runs = Number(process.env['SASH_RUNS'] ?? 1_500);

test('nothing that arrives, in any state, breaks an invariant', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(setting, fc.array(actions, { maxLength: 60, size: 'max' }), (options, plan) => {
        const target = new Target(new Connection(connectionOptions({ ...options, iss: seq(options.iss) }), 0));
        for (const each of plan) target.take(each);
        target.checkLife();
      }),
      { numRuns: runs },
    ),
  );
});

const TEXT = new Uint8Array(4_000);

class Target {
  readonly connection: Connection;
  now: Instant = 0;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  take(action: Action): void {
    this.#perform(action);
    const { tcb } = this.connection;
    checkTcb(tcb);
    if (tcb.receiveBuffer.allocated > tcb.receiveBuffer.capacity) throw new Error('it holds more than it offered');
  }

  #perform(action: Action): void {
    const { connection } = this;
    switch (action.kind) {
      case 'arrival':
        this.#arrive(action);
        return;
      case 'establish':
        this.#establish(action.wnd);
        return;
      case 'poll':
        this.#poll();
        return;
      case 'wait':
        this.#wait(action.ms * MILLISECOND);
        return;
      case 'hold':
        connection.hold('carrier', this.now);
        return;
      case 'release':
        connection.release('carrier', this.now);
        return;
      case 'lost':
        connection.carrierLost(this.now);
        return;
      case 'abort':
        connection.abort(this.now);
        return;
      case 'close':
        connection.close(this.now);
        return;
      case 'read':
        connection.read(new Uint8Array(action.count), this.now);
        return;
      default:
        this.#call(action);
    }
  }

  /** Calls that are errors in some states: those are the application's own. */
  #call(action: Action): void {
    const { connection } = this;
    try {
      if (action.kind === 'write') connection.write(TEXT.subarray(0, action.count), this.now);
      if (action.kind === 'writeUrgent') connection.writeUrgent(TEXT.subarray(0, action.count), this.now);
      if (action.kind === 'connect') connection.connect(this.now);
      if (action.kind === 'listen') connection.listen(this.now);
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      if (!/^connection (?:closing|does not exist|already exists)$/.test(message)) throw error;
    }
  }

  #arrive(action: Extract<Action, { kind: 'arrival' }>): void {
    const { snd, rcv } = this.connection.tcb;
    const seg = new Segment();
    const from = { 'RCV.NXT': rcv.nxt, edge: rcv.edge, zero: seq(0) }[action.seqFrom];
    const ackFrom = { 'SND.UNA': snd.una, 'SND.NXT': snd.nxt, 'SND.MAX': snd.max }[action.ackFrom];
    seg.flags = action.flags;
    seg.seq = seqAdd(from, action.seqOffset);
    seg.ack = seqAdd(ackFrom, action.ackOffset);
    seg.wnd = action.wnd;
    seg.up = action.up;
    seg.text = TEXT;
    seg.textLength = action.length;
    seg.mss = action.mss;
    seg.windowScale = action.windowScale;
    seg.tsVal = action.tsVal;
    seg.tsEcr = action.tsVal === ABSENT ? ABSENT : 1;
    seg.sackPermitted = true;
    for (const [start, end] of action.sacks) seg.addSack(seqAdd(snd.una, start), seqAdd(snd.una, end));
    this.connection.segmentArrives(seg, this.now);
  }

  #establish(wnd: number): void {
    const { connection } = this;
    if (connection.state === 'CLOSED' && connection.tcb.opened === 'not') connection.connect(this.now);
    if (connection.state !== 'SYN-SENT') return;
    this.#poll();
    const seg = new Segment();
    seg.flags = 0x12; // SYN, ACK
    seg.seq = seq(5_000);
    seg.ack = connection.tcb.snd.nxt;
    seg.wnd = wnd;
    seg.mss = 1_000;
    seg.windowScale = 1;
    seg.tsVal = 7;
    seg.tsEcr = 7;
    seg.sackPermitted = true;
    connection.segmentArrives(seg, this.now);
  }

  #poll(): void {
    const out = new Segment();
    for (let count = 0; this.connection.pollSegment(out, this.now); count++) {
      checkTcb(this.connection.tcb);
      if (count > 70_000) throw new Error('it never stops sending');
    }
    while (this.connection.pollEvent() !== undefined) {
      // Heard.
    }
  }

  #wait(length: number): void {
    const end = this.now + length;
    for (let count = 0; this.connection.nextDeadline() <= end; count++) {
      if (this.connection.nextDeadline() < this.now) throw new Error('a deadline lies in the past');
      if (count > 10_000) throw new Error('its timers never stop');
      this.now = this.connection.nextDeadline();
      this.connection.timePasses(this.now);
      checkTcb(this.connection.tcb);
    }
    this.now = end;
    this.connection.timePasses(end);
  }

  checkLife(): void {
    const life = Math.min(this.now, this.connection.tcb.endedAt);
    const sum = Object.values<number>({ ...this.connection.durations(this.now) }).reduce((all, each) => all + each, 0);
    if (sum !== life) throw new Error(`the reasons add up to ${sum} of ${life}`);
    JSON.stringify(this.connection.snapshot());
  }
}
