// The feed on real sockets: who is let in, what is done with what they say, and what they are told.
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { admit, Controls, Feed, type FeedServer, type Gate, type Knock, serveFeed } from '../../src/feed/index.ts';
import { type FeedMessage } from '../../src/trace/index.ts';
import { ask } from './ask.ts';
import { conforms, mayBeSaid } from './support.ts';

const TOKEN = 'correct-horse-battery';

interface Setup {
  isControllable?: boolean;
  token?: string;
  clock?: () => number;
}

async function serve(
  t: ExecutionContext,
  setup: Setup = {},
): Promise<{ server: FeedServer; feed: Feed; marks: string[] }> {
  const marks: string[] = [];
  const began = performance.now();
  const feed = new Feed(
    {
      application: 'sash test',
      command: 'recv',
      title: 'a test',
      clock: 'real',
      epochNs: 1n,
      now: () => Math.round((performance.now() - began) * 1e6),
      mark: (text) => marks.push(text),
    },
    (made) => new Controls(made, setup.isControllable === true),
  );
  const server = await serveFeed({ feed, host: '127.0.0.1', port: 0, ...setup });
  t.teardown(() => server.close('the test is over'));
  return { server, feed, marks };
}

interface GuestOptions {
  protocols?: string[];
  token?: string;
  headers?: Record<string, string>;
  /** One of very many: the schema is checked elsewhere. */
  isLight?: boolean;
}

/** An observer; what it is told is kept, and checked against the schema. */
class Guest {
  readonly socket: WebSocket;
  readonly messages: FeedMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly opened: Promise<'open' | number>;
  #waiting: (() => void)[] = [];

  constructor(
    t: ExecutionContext,
    server: FeedServer,
    { protocols, token, headers = {}, isLight = false }: GuestOptions = {},
  ) {
    const asked = protocols ?? ['sash.v1', ...(token === undefined ? [] : [`token.${token}`])];
    this.socket = new WebSocket(`ws://127.0.0.1:${server.port}/feed`, asked, { headers });
    this.opened = new Promise((resolve) => {
      this.socket.on('open', () => resolve('open'));
      this.socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
        this.socket.terminate();
      });
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.socket.on('error', () => {});
    if (isLight) this.socket.on('open', () => this.say({ kind: 'subscribe', hz: 1 }));
    this.socket.on('message', (data: Buffer) => {
      if (isLight && this.messages.some(({ kind }) => kind === 'state') && data.includes('"kind":"state"')) return;
      const message = JSON.parse(data.toString()) as FeedMessage;
      this.messages.push(isLight ? message : conforms(message));
      for (const wake of this.#waiting.splice(0)) wake();
    });
    t.teardown(() => this.socket.terminate());
  }

  async hears<K extends FeedMessage['kind']>(kind: K, count = 1): Promise<Extract<FeedMessage, { kind: K }>> {
    for (;;) {
      const found = this.messages.filter((message) => message.kind === kind);
      if (found.length >= count) return found[0] as Extract<FeedMessage, { kind: K }>;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }
}

test('an observer is told hello, a snapshot, and then states', async (t) => {
  const { server } = await serve(t);
  const guest = new Guest(t, server);
  const hello = await guest.hears('hello');
  await guest.hears('state');
  t.is(guest.socket.protocol, 'sash.v1');
  t.deepEqual(
    guest.messages.slice(0, 3).map(({ kind }) => kind),
    ['hello', 'snapshot', 'state'],
  );
  t.deepEqual(hello.operations, []);
  t.is(hello.limits.queueOctets, 1_048_576);
  guest.say({ kind: 'ping', sentAtMs: 12.5 });
  const pong = await guest.hears('pong');
  t.is(pong.sentAtMs, 12.5);
  t.true(pong.receivedNs > hello.atNs && pong.receivedNs <= pong.atNs);
});

test('the end is told, and the feed closes after it', async (t) => {
  const { server } = await serve(t);
  const guest = new Guest(t, server);
  await guest.hears('snapshot');
  await server.close('all has been said');
  t.deepEqual(await guest.closed, { code: 1000, reason: 'all has been said' });
  t.is(guest.messages.at(-1)!.kind, 'end');
});

const LOCAL: Gate = { isLocal: true, token: undefined, isClosed: false, names: ['127.0.0.1', 'laboratory'] };
const GUARDED: Gate = { ...LOCAL, token: TOKEN };
const CLOSED: Gate = { ...GUARDED, isClosed: true };
const PUBLIC: Gate = { ...GUARDED, isLocal: false, names: ['0.0.0.0', 'laboratory'] };

/** Who knocks where, and what becomes of it. */
const KNOCKS: readonly [what: string, gate: Gate, knock: Partial<Knock>, verdict: string][] = [
  ['a program on this host', LOCAL, {}, 'welcome'],
  ['by name', LOCAL, { host: 'localhost:9294' }, 'welcome'],
  ['by IPv6', LOCAL, { host: '[::1]:9294' }, 'welcome'],
  ['the page itself', LOCAL, { origin: 'http://127.0.0.1:9294' }, 'welcome'],
  ['the page of another feed on this host', LOCAL, { origin: 'http://localhost:9295' }, 'welcome'],
  ['a page of elsewhere', LOCAL, { origin: 'https://evil.example' }, 'refused 403'],
  [
    'a page that was rebound to this host',
    LOCAL,
    { host: 'evil.example:9294', origin: 'http://evil.example:9294' },
    'refused 403',
  ],
  ['a page whose name begins as ours', LOCAL, { origin: 'http://127.0.0.1.evil.example' }, 'refused 403'],
  ['a page without an origin of its own', LOCAL, { origin: 'null' }, 'refused 403'],
  ['an address of another host', LOCAL, { host: '192.0.2.1:9294' }, 'refused 403'],
  ['no Host at all', LOCAL, { host: undefined }, 'refused 403'],
  ['another subprotocol', LOCAL, { protocols: 'chat' }, 'refused 400'],
  ['no subprotocol', LOCAL, { protocols: undefined }, 'refused 400'],
  ['without the token, on this host', GUARDED, {}, 'welcome'],
  ['without the token that was asked for, on this host', CLOSED, {}, 'dismissed'],
  ['with it', GUARDED, { protocols: `sash.v1, token.${TOKEN}` }, 'trusted'],
  ['with another', GUARDED, { protocols: 'sash.v1, token.correct-horse-batterz' }, 'dismissed'],
  ['with the beginning of it', GUARDED, { protocols: 'sash.v1, token.correct-horse' }, 'dismissed'],
  ['with an empty one', GUARDED, { protocols: 'sash.v1, token.' }, 'dismissed'],
  ['from afar without the token', PUBLIC, { host: '192.0.2.1:9294' }, 'dismissed'],
  ['from afar with it', PUBLIC, { host: '192.0.2.1:9294', protocols: `sash.v1, token.${TOKEN}` }, 'trusted'],
  ['by the name of the host', PUBLIC, { host: 'LABORATORY:9294', protocols: `sash.v1, token.${TOKEN}` }, 'trusted'],
  ['by a name that is not ours', PUBLIC, { host: 'evil.example', protocols: `sash.v1, token.${TOKEN}` }, 'refused 403'],
  [
    'from the page of another host, with the token',
    PUBLIC,
    { host: '192.0.2.1', origin: 'http://192.0.2.9:9294', protocols: `sash.v1,token.${TOKEN}` },
    'trusted',
  ],
  [
    'from the page of another host, without',
    PUBLIC,
    { host: '192.0.2.1', origin: 'http://192.0.2.9:9294' },
    'refused 403',
  ],
];

for (const [what, gate, knock, expected] of KNOCKS) {
  test(`who knocks: ${what}`, (t) => {
    const admission = admit({ host: '127.0.0.1:9294', origin: undefined, protocols: 'sash.v1', ...knock }, gate);
    const { verdict } = admission;
    const found =
      verdict === 'refused'
        ? `refused ${admission.status}`
        : verdict === 'welcome' && admission.isTrusted
          ? 'trusted'
          : verdict;
    t.is(found, expected);
  });
}

test('wrong Host, Origin and subprotocol are refused at the door; a wrong token is told', async (t) => {
  const { server } = await serve(t, { isControllable: true });
  t.is(await new Guest(t, server, { headers: { Host: 'evil.example' } }).opened, 403);
  t.is(await new Guest(t, server, { headers: { Origin: 'https://evil.example' } }).opened, 403);
  t.is(await new Guest(t, server, { protocols: ['chat'] }).opened, 400);

  const wrong = new Guest(t, server, { token: 'a-token-of-another-feed' });
  t.deepEqual(await wrong.closed, {
    code: 1008,
    reason: 'the token is wrong: use the address that was printed, whole',
  });
  t.is(wrong.messages.length, 0);

  t.deepEqual((await new Guest(t, server).hears('hello')).operations, []);
  t.true((await new Guest(t, server, { token: server.token! }).hears('hello')).operations.includes('marker'));
});

test('controls need the token, and what was done is marked for all and in the recording', async (t) => {
  const { server, marks } = await serve(t, { isControllable: true });
  const [looker, controller] = [new Guest(t, server), new Guest(t, server, { token: server.token! })];
  await Promise.all([looker.hears('snapshot'), controller.hears('snapshot')]);
  const control = { kind: 'control', id: 1, operation: 'marker', text: 'here\u001B[2J' };
  looker.say(control);
  t.regex((await looker.hears('answer')).error, /^this observer may only look/);
  t.deepEqual(marks, []);
  controller.say(control);
  t.true((await controller.hears('answer')).isDone);
  t.is((await looker.hears('marker')).text, 'here?[2J');
  t.deepEqual(marks, ['here?[2J']);

  controller.messages.length = 0;
  controller.say({ kind: 'control', id: 2, operation: 'pace', connection: 7, octetsPerSecond: 1 });
  t.is((await controller.hears('answer')).error, 'there is no connection 7');
  controller.messages.length = 0;
  controller.say({ kind: 'control', id: 3, operation: 'link', link: 'out', text: 'loss=1%' });
  t.is((await controller.hears('answer')).error, 'there is no link model here');
  controller.messages.length = 0;
  controller.say({ kind: 'control', id: 4, operation: 'pause' });
  t.regex((await controller.hears('answer')).error, /^this run goes by the real clock/);
});

/** What is no message, and the beginning of what is said of it. */
const GARBAGE: readonly [text: string, reason: RegExp][] = [
  ['', /one JSON object/],
  ['hello', /one JSON object/],
  ['[]', /one JSON object/],
  ['null', /one JSON object/],
  ['{}', /^kind is/],
  ['{"kind":"__proto__"}', /^kind is/],
  ['['.repeat(8_000), /one JSON object/],
  ['{"kind":"subscribe","kinds":"all"}', /^kinds is a list/],
  ['{"kind":"subscribe","kinds":["everything"]}', /^kinds is a list/],
  ['{"kind":"subscribe","hz":0}', /^hz is a number/],
  ['{"kind":"subscribe","hz":1e9}', /^hz is a number/],
  ['{"kind":"subscribe","hz":"30"}', /^hz is a number/],
  ['{"kind":"ping"}', /^sentAtMs is a number/],
  ['{"kind":"control","id":-1,"operation":"pause"}', /^id is a number/],
  ['{"kind":"control","id":1,"operation":"format"}', /^operation is none/],
  ['{"kind":"control","id":1,"operation":"step","happenings":1e9}', /^happenings is a number/],
  ['{"kind":"control","id":1,"operation":"speed","speed":-1}', /^speed is a number/],
  [`{"kind":"control","id":1,"operation":"marker","text":"${'x'.repeat(1_001)}"}`, /^text is text of at most/],
];

test('garbage is answered with a reason, and disturbs nobody else', async (t) => {
  const { server, feed } = await serve(t);
  const witness = new Guest(t, server);
  await witness.hears('snapshot');
  for (const [text, reason] of GARBAGE) {
    const guest = new Guest(t, server);
    await guest.opened;
    guest.socket.send(text);
    const { code, reason: said } = await guest.closed;
    t.is(code, 1008, text);
    t.regex(said, reason);
    try {
      t.false(mayBeSaid(JSON.parse(text)), text);
    } catch (error) {
      t.true(error instanceof SyntaxError);
    }
  }
  const binary = new Guest(t, server);
  await binary.opened;
  binary.socket.send(Buffer.from([1, 2, 3]));
  t.is((await binary.closed).code, 1003);

  const oversized = new Guest(t, server);
  await oversized.opened;
  oversized.socket.send(`"${'x'.repeat(20_000)}"`);
  t.is((await oversized.closed).code, 1009);

  const raw = connect(server.port, '127.0.0.1');
  raw.on('error', () => {});
  raw.write('GET /feed HTTP/1.1\r\nUpgrade: nonsense\r\n\u0000\r\n\r\n');
  await new Promise<void>((resolve) => raw.on('close', () => resolve()));
  t.is(witness.socket.readyState, WebSocket.OPEN);
  t.is(feed.observers.size, 1);
});

test('messages, and pings, come at a bounded rate', async (t) => {
  const clock = (): number => 0; // all of it is said within the same second, however long that takes
  const talker = new Guest(t, (await serve(t, { clock })).server);
  await talker.hears('snapshot');
  for (let i = 0; i < 300; i++) talker.say({ kind: 'resync' });
  t.deepEqual(await talker.closed, { code: 1008, reason: 'at most 100 messages a second are heard' });

  const pinger = new Guest(t, (await serve(t, { clock })).server);
  await pinger.hears('snapshot');
  for (let i = 0; i < 300; i++) pinger.socket.ping();
  t.is((await pinger.closed).code, 1008);
});

test('who says a lot is not read for a while, and everybody else is', async (t) => {
  const { server, feed } = await serve(t);
  const [flood, witness] = [new Guest(t, server), new Guest(t, server)];
  await Promise.all([flood.hears('snapshot'), witness.hears('snapshot')]);
  const began = performance.now();
  for (let i = 0; i < 3_000; i++) flood.socket.pong('x'.repeat(100));
  flood.say({ kind: 'ping', sentAtMs: 1 });
  witness.say({ kind: 'ping', sentAtMs: 2 });
  await witness.hears('pong');
  t.false(flood.messages.some(({ kind }) => kind === 'pong'));
  await flood.hears('pong');
  t.true(performance.now() - began > 1_000); // three seconds of its share, less what is read at once
  t.is(feed.observers.size, 2);
});

test('more requests than are bearable are turned away, until a moment later', async (t) => {
  let now = 0;
  const { server } = await serve(t, { clock: () => now });
  const statuses = new Map<number, number>();
  for (let i = 0; i < 1_300; i += 50) {
    for (const { status } of await Promise.all(Array.from({ length: 50 }, () => ask(server, '/nothing'))))
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  t.deepEqual(
    [...statuses].toSorted(([a], [b]) => a - b),
    [
      [404, 1_200],
      [429, 100],
    ],
  );
  t.is(await new Guest(t, server).opened, 429);
  now = 1_000;
  t.is(await new Guest(t, server).opened, 'open');
});

// The clock goes on when all that was told has been heard by whoever reads.
test('who reads nothing holds a bounded queue, and is closed after half a minute', async (t) => {
  let [now, most, told] = [0, 0, 0];
  const { server, feed } = await serve(t, { clock: () => now });
  const [deaf, witness] = [new Guest(t, server), new Guest(t, server)];
  await Promise.all([deaf.hears('hello'), witness.hears('hello')]);
  now = 1_000; // the snapshot is for both
  await Promise.all([deaf.hears('snapshot'), witness.hears('snapshot')]);
  deaf.socket.pause();
  const observers = [...feed.observers];
  while (feed.observers.size > 1) {
    for (let i = 0; i < 20; i++) feed.mark('x'.repeat(30_000), 'keyboard');
    now += 500;
    await witness.hears('marker', (told += 20));
    most = Math.max(most, ...observers.map(({ waiting }) => waiting));
  }
  t.true(now > 30_000 && now < 300_000, `after ${now} ms`); // the kernel takes some, and then some more
  t.true(most > 500_000 && most <= 1_048_576, `${most} octets waited`);
  t.true(observers.some(({ missed }) => missed.events > 10));
  t.is(witness.socket.readyState, WebSocket.OPEN);
});

test('a thousand observers are all told', async (t) => {
  const { server, feed } = await serve(t);
  const guests: Guest[] = [];
  while (guests.length < 1_000) {
    const more = Array.from({ length: 50 }, () => new Guest(t, server, { isLight: true }));
    await Promise.all(more.map((guest) => guest.hears('snapshot')));
    guests.push(...more);
  }
  t.is(feed.observers.size, 1_000);
  feed.mark('all of you', 'keyboard');
  const markers = await Promise.all(guests.map((guest) => guest.hears('marker')));
  t.true(markers.every(({ text, n }) => text === 'all of you' && n === 1));
  await Promise.all(guests.map((guest) => guest.hears('state')));
});

test('a port that is taken is told, or another is taken where none was asked for', async (t) => {
  const { server } = await serve(t);
  const { port } = server;
  await t.throwsAsync(serveFeed({ feed: undefined, host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
  const other = await serveFeed({ feed: undefined, host: '127.0.0.1', port, spare: 3 });
  t.teardown(() => other.close(''));
  t.not(other.port, port);
});
