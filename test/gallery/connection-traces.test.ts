// What runtimes, connections and limiters did, and our models of them do.
import test from 'ava';
import {
  BdpEstimator,
  CODEL,
  Edge,
  CoDelHead,
  ENTRIES,
  h2Rule,
  H2_WINDOW,
  HIGH_WATER_MARK,
  Http2Body,
  LimitReq,
  NETTY,
  nettyCost,
  nettyGate,
  ObjectPipe,
  probeGap,
  QUIC_GO,
  QuicWindow,
  SSH,
  sshRule,
  uploadHops,
  writableGate,
  YAMUX_WINDOW,
  yamuxRule,
} from '../../sim/gallery/index.ts';
import { MILLISECOND, NEVER, SECOND } from '../../src/tcp/index.ts';
import { grantsOf, range, reproduces, units } from './trace.ts';

reproduces('netty-watermark', (t, trace) => {
  const gate = nettyGate();
  const cost = nettyCost(1_024);
  let writes = 0;
  for (; gate.isOpen; writes++) gate.spend(cost);
  t.deepEqual(
    { unwritableAtWrite: writes, pendingThen: gate.pending, perMessageCost: cost },
    {
      unwritableAtWrite: trace['unwritableAtWrite'],
      pendingThen: trace['pendingThen'],
      perMessageCost: trace['perMessageCost'],
    },
  );
  while (!gate.isOpen) gate.hear({ kind: 'grant', units: cost });
  t.deepEqual(gate.pending, trace['writableAgainAtPending']);
  t.true(gate.pending < NETTY.low);
});

reproduces('netty-http2-ratio-0.5', (t, { windowUpdates }) => {
  const [, ...updates] = grantsOf(h2Rule(), 6 * 16_384, 16_384);
  t.deepEqual(
    updates,
    [2, 4, 6].map((frames) => [frames * 16_384, 32_768]),
  );
  const [coupled] = ENTRIES.find(({ id }) => id === 'http2-coupled')!.hops({ serves: 1, rtt: 0, size: 1 });
  const { streams } = coupled!;
  const connection = typeof streams === 'object' ? streams.connection.rule() : coupled!.rule();
  t.deepEqual(grantsOf(connection, 6 * 16_384, 16_384).slice(1), updates);
  t.deepEqual(
    `+${updates[0]![1]} on stream 0 and stream 1 after every ${updates[0]![0] / 16_384}nd frame`,
    windowUpdates,
  );
});

reproduces('node-writable-16K', (t, trace) => {
  const gate = writableGate(HIGH_WATER_MARK.v20);
  let writes = 0;
  for (; gate.isOpen; writes++) gate.spend(1_024);
  t.deepEqual(`${writes}th write (length ${gate.pending} == hwm)`, trace['firstFalse']);
  for (; writes < 20; writes++) gate.spend(1_024);
  let acks = 0;
  for (; !gate.isOpen; acks++) gate.hear({ kind: 'grant', units: 1_024 });
  t.deepEqual(`only when length reaches ${gate.pending} (after ${acks}th ack of ${writes})`, trace['drain']);
});

reproduces('node-pipe-objectMode-16', (t, trace) => {
  const { start, ack15, ack16 } = trace['produced'] as { start: number; ack15: number; ack16: number };
  const pipe = new ObjectPipe(HIGH_WATER_MARK.objects);
  t.is(pipe.produced, start);
  range(1, 15).forEach(() => pipe.ack());
  t.is(pipe.produced, ack15);
  pipe.ack();
  t.is(pipe.produced, ack16);
});

reproduces('node-hwm-default', (t, trace) => {
  const { v20, v22, objects } = HIGH_WATER_MARK;
  t.deepEqual(
    { v20, v22, objectMode: objects },
    { v20: trace['v20'], v22: trace['v22'], objectMode: trace['objectMode'] },
  );
  const marks = ['node-20', 'node'].map((id) => ENTRIES.find((entry) => entry.id === id)!.window);
  t.deepEqual(marks, [v20, v22]);
});

reproduces('node-http2-slow-stream', (t, trace) => {
  const connection = h2Rule('arrived');
  const body = { v20: new Http2Body(HIGH_WATER_MARK.v20), v22: new Http2Body(HIGH_WATER_MARK.v22) };
  const updates: [string, string][] = [];
  let sent = 0;
  while (sent < H2_WINDOW) {
    const frame = Math.min(16_384, H2_WINDOW - sent);
    sent += frame;
    for (const one of [body.v20, body.v22]) one.arrived(frame);
    for (const count of units(connection.arrived!(frame))) updates.push([`after ${sent} sent`, `stream 0 +${count}`]);
  }
  t.deepEqual(updates, trace['windowUpdates']);
  t.deepEqual(sent, trace['blockedAt']);
  const onRead = (it: Http2Body): string => {
    for (let read = 1; ; read++) {
      const update = it.read(16_384);
      if (update > 0) return `+${update} on ${read}${read === 1 ? 'st' : read === 3 ? 'rd' : 'th'} 16 KiB read`;
    }
  };
  t.deepEqual({ v20: onRead(body.v20), v22: onRead(body.v22) }, trace['streamUpdate']);
});

reproduces('node-upload-not-read', (t, trace) => {
  const [socket, wire, body] = uploadHops('paused');
  const gate = body!.gate();
  let readable = 0;
  // Each read of the socket gives what the kernel has, which is filled meanwhile.
  for (; gate.room(0) > 0; readable += body!.frame) gate.spend(body!.frame, 0);
  const held = { reqReadableLength: readable, serverKernelRcv: units(wire!.rule().start())[0] };
  t.deepEqual(held, {
    reqReadableLength: trace['reqReadableLength'],
    serverKernelRcv: trace['serverKernelRcv'],
  } as unknown as typeof held);
  t.deepEqual(units(socket!.rule().start()), [trace['clientKernelSnd'] as number]);
});

reproduces('grpc-bdp', (t, { windows }) => {
  const bdp = new BdpEstimator();
  const told = (windows as number[]).map(() => {
    bdp.received(bdp.window); // one full window in each round trip
    return bdp.pong(50 * MILLISECOND);
  });
  t.deepEqual(told, windows);
});

reproduces('quic-go-window-100', (t, { updates }) => {
  const flow = new QuicWindow({ initial: 100, most: 100 }, 0);
  const told = (updates as [string, string][]).map(([step]) => {
    const limit = flow.reads(Number(step.slice(5)) - flow.read, 0);
    return [step, limit === undefined ? 'none' : String(limit)];
  });
  t.deepEqual(told, updates);
});

reproduces('quic-go-autotune', (t, { updates }) => {
  const stream = new QuicWindow({ initial: 100, most: 399 }, SECOND);
  const connection = new QuicWindow({ initial: 120, most: 1_000 }, SECOND);
  const told = (updates as [string, string][]).map(([step], index) => {
    const [, read, seconds] = /^(\d+)(?: read)? @(.*)s$/.exec(step)!;
    const now = Number(seconds) * SECOND;
    const before = stream.size;
    const octets = Number(read) - stream.read;
    const limit = stream.reads(octets, now);
    if (stream.size > before) connection.ensure(QUIC_GO.connectionFactor * stream.size, now);
    const whole = connection.reads(octets, now);
    const note = stream.size === before ? 'no growth' : `window ${stream.size}${index === 1 ? `; conn ${whole}` : ''}`;
    return [step, `${limit} (${note})`];
  });
  t.deepEqual(told, updates);
});

reproduces('quic-go-default', (t, { updates }) => {
  const flow = new QuicWindow(QUIC_GO.stream, 0);
  const told: [number, number][] = [];
  while (told.length < 3) {
    const limit = flow.reads(16_384, 0);
    if (limit !== undefined) told.push([flow.read, limit]);
  }
  t.deepEqual(told, updates);
});

reproduces('yamux-256K', (t, { updates }) => {
  t.deepEqual(grantsOf(yamuxRule(), YAMUX_WINDOW, 16_384).slice(1), updates);
});

reproduces('openssh-2M', (t, { adjust }) => {
  const [, [consumed, count]] = grantsOf(sshRule(), SSH.window, SSH.packet) as [unknown, [number, number]];
  t.deepEqual(`${count} after every ${consumed / SSH.packet}th packet`, adjust);
});

/** A jiffy of Linux at 250 Hz, ms; and up to which timeout its wheel of timers is how coarse (the table in kernel/time/timer.c). */
const JIFFY = 4;
const WHEEL = [
  { below: 63 * JIFFY, grain: JIFFY },
  { below: 504 * JIFFY, grain: 8 * JIFFY },
  { below: 4_032 * JIFFY, grain: 64 * JIFFY },
];

/** A timer is never early, and late by no more than the grain of its level and the jiffy in which it was set. */
function mayTake(timeoutMs: number, measuredMs: number): boolean {
  const { grain } = WHEEL.find(({ below }) => timeoutMs < below)!;
  return measuredMs >= timeoutMs && measuredMs <= timeoutMs + grain + JIFFY;
}

reproduces('tcp-linux-zero-window-probes', (t, { intervalsMs }) => {
  // The capture does not say which timeout it was that doubled. There is one that explains all gaps, and only one.
  const gaps = intervalsMs as number[];
  const timeouts = range(1, 250).map((jiffies) => jiffies * JIFFY);
  const fit = timeouts.filter((first) => gaps.every((gap, probe) => mayTake(probeGap(first, 120_000, probe), gap)));
  t.deepEqual(fit, [212]);
});

reproduces('codel-drop-times', (t, { dropsMsAfterEntering }) => {
  const head = new CoDelHead();
  // Every item has waited longer than the target, and many wait behind it.
  const drops = (now: number): boolean => head.drops(2 * CODEL.target, 100_000, now);
  t.is(head.dropsAt, NEVER);
  t.false(drops(SECOND));
  const at = (dropsMsAfterEntering as number[]).map(() => {
    const { dropsAt } = head;
    t.false(drops(dropsAt - 1), 'not a nanosecond sooner');
    t.true(drops(dropsAt));
    return dropsAt;
  });
  t.deepEqual(
    at.map((time) => Math.round((time - at[0]!) / (0.1 * MILLISECOND)) / 10),
    dropsMsAfterEntering,
  );
});

reproduces('nginx-limit-req', (t, trace) => {
  const door = new LimitReq(10, 5);
  const answers = range(1, 20).map(() => door.arrives(0));
  const delays = answers.filter((answer) => answer !== 'refused').map((delay) => delay / MILLISECOND);
  t.deepEqual(
    { accepted: delays.length, delaysMs: delays, rejected503: 20 - delays.length },
    { accepted: trace['accepted'], delaysMs: trace['delaysMs'], rejected503: trace['rejected503'] },
  );
});

// RFC 9293 §3.8.6.2.2, as the core itself has it (test/rfc): RCV.BUFF 4096, MSS 1024, and an application that reads by halves.
test('a TCP receiver keeps its edge until a segment’s worth is free', (t) => {
  const edge = new Edge({ buffer: 4_096, mss: 1_024 });
  const windows = range(1, 4).map(() => {
    edge.arrived(1_024);
    return edge.window;
  });
  t.deepEqual(windows, [3_072, 2_048, 1_024, 0]);
  t.deepEqual(edge.taken(512), []);
  t.deepEqual(edge.taken(512), [{ kind: 'limit', upTo: 4_096 + 1_024 }]);
  t.is(edge.window, 1_024);
});
