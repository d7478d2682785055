// `--live`, end to end: real processes, watched and controlled by a WebSocket client.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { type FeedMessage, type Happening, PcapngReader } from '../../src/trace/index.ts';
import { conforms } from '../feed/support.ts';
import { takeTurns } from '../turns.ts';
import { finished, folder as temporary, LAUNCHER, Sash } from './sash.ts';

takeTurns();

type Kind = FeedMessage['kind'];
type Of<K extends Kind> = Extract<FeedMessage, { kind: K }>;

/** Looks at a page's address as the page would. */
class Looker {
  readonly messages: FeedMessage[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];
  #asked = 0;

  constructor(t: ExecutionContext, page: string) {
    const { host, hash } = new URL(page);
    const token = new URLSearchParams(hash.slice(1)).get('token');
    this.#socket = new WebSocket(`ws://${host}/feed`, ['sash.v1', ...(token === null ? [] : [`token.${token}`])]);
    this.closed = new Promise((resolve) => this.#socket.on('close', resolve));
    this.#socket.on('error', () => {});
    this.#socket.on('message', (data: Buffer) => {
      this.messages.push(conforms(JSON.parse(data.toString()) as FeedMessage));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    t.teardown(() => this.#socket.terminate());
  }

  of<K extends Kind>(kind: K): Of<K>[] {
    return this.messages.filter((message): message is Of<K> => message.kind === kind);
  }

  async until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  hears<K extends Kind>(kind: K, isIt: (message: Of<K>) => boolean = () => true): Promise<Of<K>> {
    return this.until(() => this.of(kind).find(isIt));
  }

  /** Does it, and says why not. */
  async control(operation: object): Promise<string> {
    const id = ++this.#asked;
    this.#socket.send(JSON.stringify({ kind: 'control', id, ...operation }));
    return (await this.hears('answer', (answer) => answer.id === id)).error;
  }
}

async function pageOf(sash: Sash): Promise<string> {
  return (await sash.says(/live: +(\S+)/))[1]!;
}

function happeningsOf(file: string): Happening[] {
  const happenings: Happening[] = [];
  const reader = new PcapngReader((happening) => happenings.push(happening));
  reader.push(readFileSync(file));
  reader.end();
  return happenings;
}

const LIVE = ['--live=127.0.0.1:0', '--control', '--live-token', 'a-token-for-the-tests'];

test('a transfer is watched at both ends: the reader is stopped by an observer, the window closes, and opens again', async (t) => {
  const folder = temporary(t);
  const file = join(folder, 'receiver.pcapng');
  const receiver = new Sash(t, ['recv', '127.0.0.1:0', '--once', '--read-rate', '100KB/s', '--record', file, ...LIVE]);
  const to = await receiver.address();
  const atReceiver = new Looker(t, await pageOf(receiver));
  const sender = new Sash(t, ['send', to, '--bytes', '4MB', '--json', '--live=127.0.0.1:0']);
  const atSender = new Looker(t, await pageOf(sender));
  t.deepEqual((await atSender.hears('hello')).operations, []);

  const { opened } = await atReceiver.hears('connection');
  // At this pace it would take forty seconds: the observer comes in time.
  await atReceiver.hears('state', ({ states }) => (states[0]?.application.octets ?? 0) > 20_000);
  t.is(await atReceiver.control({ operation: 'stop', connection: opened.connection }), '');
  const held = await atSender.hears('state', ({ states }) => states[0]?.tcb.reason === 'zero-window');
  t.is(held.states[0]!.tcb['SND.WND'], 0);
  const full = await atReceiver.hears('state', ({ states }) => {
    const [one] = states;
    // It was full now and then before, too. A chunk read just before the stop leaves room that is not worth offering.
    return one?.application.isStopped === true && one.tcb.offering !== 'open';
  });
  t.true(full.states[0]!.tcb['RCV.USER'] > 65_536 - 1_460);

  t.is(await atReceiver.control({ operation: 'chunk', connection: opened.connection }), '');
  t.is(await atReceiver.control({ operation: 'pace', connection: opened.connection, octetsPerSecond: null }), '');
  t.is(await atReceiver.control({ operation: 'resume', connection: opened.connection }), '');
  t.regex(
    await atReceiver.control({ operation: 'link', link: 'out', text: 'delay=nonsense' }),
    /"nonsense" is not a time/,
  );
  t.is(await atReceiver.control({ operation: 'link', link: 'out', text: 'delay=1ms' }), '');
  t.is(await atReceiver.control({ operation: 'rule', link: 'out', text: 'drop window-update nth 1' }), '');

  t.is((await sender.ended).code, 0);
  t.is((await receiver.ended).code, 0);
  t.is(sender.json.zeroWindow.count >= 1, true);
  t.is(await atSender.closed, 1000);
  t.is(await atReceiver.closed, 1000);
  for (const { messages } of [atSender, atReceiver]) t.is(messages.at(-1)!.kind, 'end');
  const ended = atReceiver
    .of('events')
    .flatMap(({ events }) => events)
    .find(({ type }) => type === 'end');
  t.is(ended?.type === 'end' && ended.connection?.tally.octetsReceived, 4_000_000);

  const marks = happeningsOf(file).flatMap((happening) => (happening.type === 'marker' ? [happening.text] : []));
  t.deepEqual(
    marks,
    atReceiver.of('marker').map(({ text }) => text),
  );
  t.deepEqual(marks, [
    'receiver of connection 1: stop',
    'receiver of connection 1: one chunk',
    'receiver of connection 1: pace full',
    'receiver of connection 1: resume',
    'link out: delay=1ms',
    'rule on link out: drop window-update nth 1',
  ]);
});

test('a simulation begins when somebody looks, and is stepped, slowed, changed and marked by who may', async (t) => {
  const folder = temporary(t);
  const sash = new Sash(t, [
    'sim',
    's01',
    '--speed',
    '0.001',
    '--json',
    '--record',
    join(folder, 'run.pcapng'),
    ...LIVE,
  ]);
  const looker = new Looker(t, await pageOf(sash));
  const hello = await looker.hears('hello');
  t.is(hello.clock, 'virtual');
  t.is(hello.scenario?.name, 's01-window-law');
  t.is(await looker.control({ operation: 'pause' }), '');
  const paused = await looker.hears('state', ({ run }) => run.stage === 'paused');
  const later = await looker.hears('state', ({ n }) => n > paused.n + 5);
  t.is(later.atNs, paused.atNs);

  const segments = (): number => looker.of('segments').reduce((sum, message) => sum + message.segments.length, 0);
  const before = segments();
  t.is(await looker.control({ operation: 'step', happenings: 200 }), '');
  await looker.until(() => (segments() >= before + 50 ? true : undefined));
  await looker.hears('state', ({ n }) => n > later.n + 20);
  t.true(segments() < 2_000); // of some 20,000

  const link = later.links[0]!.link;
  t.is(await looker.control({ operation: 'rule', link, text: 'drop data nth 3' }), '');
  const receiver = await looker.until(() =>
    [
      ...looker.of('snapshot').flatMap(({ connections }) => connections),
      ...looker.of('connection').map((one) => one.opened),
    ].find(({ role }) => role === 'receiver'),
  );
  t.is(await looker.control({ operation: 'pace', connection: receiver.connection, octetsPerSecond: 50_000 }), '');
  t.is(await looker.control({ operation: 'speed', speed: null }), '');
  t.is(await looker.control({ operation: 'play' }), '');
  const over = await looker.hears('state', ({ run }) => run.stage === 'over');
  t.is(over.links.find((one) => one.link === link)!.dropped['rule'], 1);
  await sash.says(/the run is over/);
  const [printed] = await sash.prints(/^\{[^]*\}\n$/);
  const { parameters } = JSON.parse(printed) as { parameters: object };
  t.deepEqual(Object.keys(parameters), Object.keys(hello.scenario!.parameters));
  const marks = happeningsOf(join(folder, 'run.sender.pcapng')).flatMap((one) =>
    one.type === 'marker' ? [one.text] : [],
  );
  t.true(marks.includes('step of 200') && marks.includes(`rule on link ${link}: drop data nth 3`), marks.join('; '));
  sash.child.kill('SIGINT');
  t.is(await looker.closed, 1000);
  await sash.ended;
});

test('what does not go together is told', async (t) => {
  const wrong: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [['recv', '--control'], /--control lets observers of --live control: give --live as well/],
    [['send', 'h:1', '--live-token', 'a-token-for-the-tests'], /--live-token is for --live/],
    [['recv', '--live', '--live-token', 'short'], /a token is 16 to 128/],
    [['recv', '--live', '65536'], /"65536" is not a port/],
    [['recv', '--live=x:y'], /"y" is not a port/],
    [['recv', '--live=99999'], /not a port/],
    [['recv', '--live=0.0.0.0', '--quiet'], /--quiet would hide the token/],
    [['recv', '--live', '--control', '--quiet'], /--quiet would hide the token/],
    [['recv', '--live=192.0.2.77:9300'], /this host has no address 192.0.2.77/],
    [['sim', 's01', '--speed', '2'], /--speed paces what --live shows/],
    [['sim', 's01', '--live', '--speed', 'fast'], /"fast" is not a speed/],
    [['sim', '--check', 's01', '--live'], /--live changes them/],
  ];
  const told = wrong.map(async ([args, sentence]) => {
    const sash = new Sash(t, args);
    const { code } = await sash.ended;
    t.true(code === 2 || code === 3, args.join(' '));
    t.regex(sash.stderr, sentence);
  });
  await Promise.all(told);
});

test('`sash serve FILE` serves what can be read again and again, and says what cannot', async (t) => {
  const file = join(temporary(t), 'run.pcapng');
  writeFileSync(file, 'octets');
  const sash = new Sash(t, ['serve', LAUNCHER, file, '--port', '127.0.0.1:0']);
  const page = (await sash.says(/page: +(\S+)/))[1]!;
  t.deepEqual(await (await fetch(new URL('feed.json', page))).json(), { feed: false, recordings: 2 });
  t.is(await (await fetch(new URL('recordings/1', page))).text(), 'octets');
  for (const [wrong, sentence] of [
    [`${file}.not`, /run\.pcapng\.not cannot be read: ENOENT/],
    [dirname(file), /is no file: give recordings/],
  ] as const) {
    const { code, stderr } = await finished(t, ['serve', file, wrong]);
    t.is(code, 2);
    t.regex(stderr, sentence);
  }
});

test('`sash serve` serves the page, and has no feed', async (t) => {
  const sash = new Sash(t, ['serve', '--port', '127.0.0.1:0']);
  const page = (await sash.says(/page: +(\S+)/))[1]!;
  const response = await fetch(page);
  t.true(response.status === 200 || response.status === 404); // 404 says that the page is not built
  t.is(response.headers.get('x-content-type-options'), 'nosniff');
  const looker = new Looker(t, page);
  t.is(await looker.closed, 1006);
  sash.child.kill('SIGINT');
  t.is((await sash.ended).code, 130);
});
