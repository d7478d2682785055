// Message streams between two processes: every strategy with both ledgers compared, what breaks off, and what does not go together.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { STRATEGY_NAMES } from '../../src/app/index.ts';
import { Fault } from '../../src/cli/faults.ts';
import { type Given } from '../../src/cli/flag.ts';
import { type ConsumerNote, type ProducerNote } from '../../src/cli/message-note.ts';
import { recv } from '../../src/cli/recv.ts';
import { send } from '../../src/cli/send.ts';
import { type Summary } from '../../src/cli/summary.ts';
import { takeTurns } from '../turns.ts';
import { Sash } from './sash.ts';

takeTurns();

const page = readFileSync(new URL('../../../docs/backpressure-live.md', import.meta.url), 'utf8');

interface Ends {
  producer: ProducerNote;
  consumer: ConsumerNote;
  sending: Summary;
  receiving: Summary;
}

/** A receiver that stays, and where to send messages to: one for several senders, since a process costs half a second of a core. */
async function consuming(t: ExecutionContext, args: readonly string[]): Promise<{ recv: Sash; address: string }> {
  const process = new Sash(t, ['recv', '127.0.0.1:0', '--json', ...args]);
  const [, address = ''] = await process.says(/sash send (\S+) --produce/);
  return { recv: process, address };
}

/** What a receiver printed of its connection number so many, when it has. */
async function accountOf(receiver: Sash, index: number): Promise<Summary> {
  for (;;) {
    const lines = receiver.stdout.toString().split('\n');
    if (lines.length > index + 1) return JSON.parse(lines[index]!) as Summary;
    await once(receiver.child.stdout!, 'data');
  }
}

function both(sending: Summary, receiving: Summary): Ends {
  const { messages: producer } = sending;
  const { messages: consumer } = receiving;
  if (producer?.end !== 'producer' || consumer?.end !== 'consumer')
    throw new Error('the summaries tell of no messages');
  return { producer, consumer, sending, receiving };
}

function addsUp({ offered, delivered, dropped, refused, queued, inFlight }: ProducerNote): boolean {
  return offered === delivered + dropped + refused + queued + inFlight;
}

function agree(t: ExecutionContext, { producer, consumer, sending, receiving }: Ends): void {
  for (const field of [...Object.keys(producer), ...Object.keys(consumer)])
    t.true(page.includes(`\`${field}\``), field);
  t.true(addsUp(producer));
  t.deepEqual([producer.isConserved, consumer.isConserved], [true, true]);
  t.deepEqual([producer.queued, producer.inFlight, consumer.inFlight], [0, 0, 0]);
  t.is(producer.delivered, consumer.delivered);
  t.true(producer.delivered > 0);
  t.is(producer.offered, consumer.producer!.offered);
  t.is(sending.sha256, receiving.sha256);
  const { latencyNs } = producer;
  t.true(latencyNs!.p50 > 0 && latencyNs!.p99 >= latencyNs!.p50 && latencyNs!.max >= latencyNs!.p99);
  t.true(latencyNs!.clockError! > 0);
  t.deepEqual(latencyNs, consumer.latencyNs);
  const lost = producer.dropAgesNs.buckets.reduce((sum, { count }) => sum + count, 0);
  t.is(lost, producer.dropped + producer.refused);
}

// Each strategy on each kind of path is tried in virtual time (test/sim/messages.test.ts); here, what real clocks and sockets add.
test('between two processes both ends agree, after Ctrl-C at the producer too; and a consumer that dies', async (t) => {
  const { recv: process, address } = await consuming(t, ['--work', '4ms', '--consumers', '2']);
  const sending = (...args: string[]): Sash =>
    new Sash(t, ['send', address, '--json', '--produce', '1000/s', '--send-buffer', '16KiB', '--on-full', ...args]);
  for (const [index, strategy] of ['shed:sojourn', 'demand'].entries()) {
    const sender = sending(strategy, '--for', '400ms');
    t.is((await sender.ended).code, 0, sender.stderr);
    agree(t, both(sender.json, await accountOf(process, index)));
  }
  const interrupted = sending('drop-oldest:64');
  await interrupted.says(/ in flight ·/);
  interrupted.child.kill('SIGINT');
  t.is((await interrupted.ended).code, 130);
  agree(t, both(interrupted.json, await accountOf(process, 2)));
  t.regex(interrupted.stderr, /stopping: nothing more is made, and what waits is still sent/);
  t.notRegex(interrupted.stderr, /was reset before/);

  const bereft = sending('drop-oldest:50');
  await bereft.says(/ in flight ·/);
  process.child.kill('SIGKILL');
  t.is((await bereft.ended).code, 1);
  const note = bereft.json.messages as ProducerNote;
  t.is(bereft.json.outcome, 'failed');
  t.true(addsUp(note));
  t.is(note.isConserved, null);
  t.true(note.inFlight > 0 && note.queued <= 50);
});

test('the account in words, and consumers that follow the lag', async (t) => {
  const process = new Sash(t, [
    'recv',
    '127.0.0.1:0',
    '--once',
    '--work',
    '20ms',
    '--consumers',
    'auto:1..4,every=100ms',
  ]);
  const [, address = ''] = await process.says(/sash send (\S+) --produce/);
  const sender = new Sash(t, [
    'send',
    address,
    '--produce',
    '500/s',
    '--count',
    '300',
    '--message',
    '100B',
    '--on-full',
    'buffer',
  ]);
  t.is((await sender.ended).code, 0, sender.stderr);
  t.is((await process.ended).code, 0, process.stderr);
  t.regex(
    sender.stderr,
    /messages {6}300 offered = 300 delivered \+ 0 dropped \+ 0 refused \+ 0 queued \+ 0 in flight/,
  );
  t.regex(sender.stderr, /both ends agree: nothing was lost between the lines/);
  t.regex(sender.stderr, /strategy {6}buffer; messages of 100 B at 500\/s/);
  t.regex(sender.stderr, /latency {7}half under .*, 99 % under .* at most \(± .*, as the clocks were compared\)/);
  t.regex(process.stderr, /messages {6}300 arrived = 300 delivered \+ 0 in work/);
  t.regex(
    process.stderr,
    /consumers {5}auto:1\.\.4,target=10,every=100ms,down=10s, 20 ms a message; .* changed, 4 at most/,
  );
});

test('docs/backpressure-live.md names every strategy', (t) => {
  for (const name of STRATEGY_NAMES) t.true(page.includes(`| \`${name}\` `), name);
});

test('a guard of memory, a sender of octets, and Ctrl-C at the consumer: what broke off is told', async (t) => {
  const { recv: process, address } = await consuming(t, ['--work', '20ms']);
  const guarded = ['--produce', '50000/s', '--on-full', 'buffer:guard=2MiB'];
  const fast = new Sash(t, ['send', address, '--json', ...guarded]);
  t.is((await fast.ended).code, 1);
  t.regex(
    fast.stderr,
    /faster than its consumer for too long: 2048 messages, 2 MiB, wait, and that is the most; bound what may/,
  );
  const full = fast.json.messages as ProducerNote;
  t.true(addsUp(full));
  t.deepEqual([full.queued, full.refused], [2_048, 1]);
  t.is((await accountOf(process, 0)).outcome, 'failed');

  const file = new Sash(t, ['send', address, '--bytes', '10KB', '--quiet']);
  t.is((await file.ended).code, 1);
  await process.says(/sash: what comes is no message stream: it begins with .*; start the sender with --produce/);

  const sender = new Sash(t, ['send', address, '--json', '--produce', '1000/s', '--on-full', 'shed:20']);
  await sender.says(/ in flight ·/);
  process.child.kill('SIGINT');
  t.is((await sender.ended).code, 1);
  t.is((await process.ended).code, 130);
  const { producer, consumer } = both(sender.json, await accountOf(process, 2));
  t.true(addsUp(producer));
  t.is(consumer.arrived, consumer.delivered + consumer.inFlight);
  t.true(producer.delivered <= consumer.delivered);
  t.is(consumer.producer, null);
});

async function faulty(t: ExecutionContext, command: typeof recv, given: Given, message: RegExp): Promise<void> {
  const fault = await t.throwsAsync(() => command(given), { instanceOf: Fault, message });
  t.is(fault?.exitCode, 2);
}

test('flags of messages that are wrong', async (t) => {
  const to = { to: 'localhost' };
  for (const [given, message] of [
    [{ ...to, produce: '5/s', file: 'x' }, /^FILE is for octets, and --produce makes messages: give one of the two$/],
    [{ ...to, produce: '5/s', bytes: '10' }, /^--bytes is for octets/],
    [{ ...to, produce: '5/s', rate: '1MB/s' }, /^--rate is for octets/],
    [
      { ...to, 'on-full': 'block', bytes: '1' },
      /^--on-full is about messages: give it with --produce, which says how fast/,
    ],
    [{ ...to, count: '5', bytes: '1' }, /^--count is about messages/],
    [
      { ...to, produce: 'fast' },
      /^--produce: "fast" is not a rate of messages: write how many a second, as in 5000\/s$/,
    ],
    [{ ...to, produce: '9M/s' }, /^--produce: "9M\/s" is more than a process can make/],
    [
      { ...to, produce: '5/s', 'on-full': 'drop-oldst' },
      /^--on-full: "drop-oldst" is not .* Did you mean drop-oldest\?$/,
    ],
    [
      { ...to, produce: '5/s', message: '31' },
      /^--message: "31" is no size of a message: it has from 32 octets, which its/,
    ],
    [{ ...to, produce: '5/s', message: '1GiB' }, /to 16MiB$/],
    [{ ...to, produce: '5/s', for: '0s' }, /^--for: "0s" is no time at all/],
    [{ ...to, produce: '5/s', count: 'all' }, /^--count: "all" is not a number of messages/],
  ] as const) {
    await faulty(t, send, given, message);
  }
  for (const [given, message] of [
    [
      { consumers: '2' },
      /^--consumers is about messages: give it with --work, which says how long a message is processed/,
    ],
    [{ prefetch: '2' }, /^--prefetch is about messages/],
    [{ work: 'soon' }, /^--work: "soon" is not a time/],
    [{ work: '1ms', out: 'x' }, /^--out is for octets, and --work for messages: give one of the two$/],
    [{ work: '1ms', 'read-plan': 'full' }, /^--read-plan is for octets/],
    [
      { work: '1ms', consumers: 'auto' },
      /^--consumers: "auto" is not a number of consumers: write a number, or auto:1\.\.8/,
    ],
    [{ work: '1ms', prefetch: '0' }, /^--prefetch: "0" is not a number of messages/],
  ] as const) {
    await faulty(t, recv, given, message);
  }
});
