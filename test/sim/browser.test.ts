// The same scenario and seed give the same octets in Node and in a browser. Each run is on record here with its hash: one that
// changes without the protocol, the links or the recording's format having been changed on purpose is a fault.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { gallery, numbers, type Recorded, recorded } from './in-page.ts';

// Compiled, this file lies beside the compiled in-page.js, which Node runs and from which the page's script is made.
const ENTRY = fileURLToPath(new URL('in-page.js', import.meta.url));

const executable = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));
/** In CI its absence is a failure; elsewhere these tests are skipped, with the cure. */
const isSkipped = executable === undefined && process.env['CI'] !== 'true';
const inBrowser = isSkipped ? test.serial.skip : test.serial;
const CURE = 'apt-get install --no-install-recommends chromium-headless-shell';
const title = (claim: string): string => (isSkipped ? `${claim} (needs Chromium: ${CURE})` : claim);

const base = { title: 't', lesson: 'l' };
const cubic = { congestion: 'cubic' };

interface Course {
  what: string;
  value: unknown;
  /** What must have happened for the course to exercise what it says. */
  atLeast: Partial<Record<'lost' | 'retransmissions' | 'fastRecoveries' | 'dsacksReceived', number>>;
  hashes: Readonly<Record<string, string>>;
}

const COURSES: readonly Course[] = [
  {
    what: 'normal jitter out of order, losses in bursts, CUBIC with SACK',
    value: {
      ...base,
      link: 'delay=20ms jitter=2ms:normal:reorder rate=20Mbit/s queue=64KiB loss=bursts:0.3%,40%',
      back: 'delay=20ms jitter=1ms:normal loss=0.1%',
      flows: [{ write: '4MB', sender: cubic, receiver: { window: '1MiB' } }],
    },
    atLeast: { lost: 10, retransmissions: 10, fastRecoveries: 3, dsacksReceived: 3 },
    hashes: {
      'flow-sender': 'a51a7298bb80f42d3eefe1e66ae945def57c70fd5f25d8d76c3d3bc475ff2e0a',
      'flow-receiver': '59f043aea1a42d35ff0c45ca068d78cc9e0f102674b953b21d143f4dc551a42f',
    },
  },
  {
    what: 'Pareto jitter, reordering, duplicates and damage, NewReno, a reader that stalls',
    value: {
      ...base,
      link: 'delay=30ms jitter=3ms:pareto reorder=1%:8ms duplicate=1% corrupt=0.2% rate=10Mbit/s queue=50seg',
      back: 'delay=30ms jitter=3ms:pareto:reorder',
      flows: [
        {
          write: '2MB',
          sender: { congestion: 'reno', sack: false, timestamps: true },
          receiver: { window: '200KB', sack: false },
          read: '1s full, 2s stop, full',
        },
      ],
    },
    atLeast: { lost: 3, retransmissions: 10, fastRecoveries: 3 },
    hashes: {
      'flow-sender': '6ba298fc833b773d412fc6fb62487d70db17a1b7a4a815d7bfdf4f4e0715c8b0',
      'flow-receiver': 'f7456b276c756935cd7fb5738a9c96de7d5298cacadc73edb8643622dc2af48c',
    },
  },
  {
    what: 'two flows of CUBIC over one bottleneck with CoDel, one of them with autotuned windows',
    value: {
      ...base,
      hosts: ['a', 'b', 'c', 'd'],
      routers: ['r', 's'],
      links: [
        { between: ['a', 'r'], link: 'delay=1ms' },
        { between: ['b', 'r'], link: 'delay=5ms jitter=500us' },
        { between: ['r', 's'], link: 'rate=16Mbit/s delay=10ms queue=200seg codel' },
        { between: ['s', 'c'], link: 'delay=1ms' },
        { between: ['s', 'd'], link: 'delay=1ms' },
      ],
      flows: [
        { name: 'one', from: 'a', to: 'c', write: '3MB', sender: cubic, receiver: { window: '1MiB' } },
        {
          name: 'two',
          from: 'b',
          to: 'd',
          at: '500ms',
          write: '3MB',
          sender: cubic,
          receiver: { window: '1MiB', policies: { window: 'autotuned' } },
        },
      ],
    },
    atLeast: { lost: 5, retransmissions: 5, fastRecoveries: 2 },
    hashes: {
      'one-sender': '6fb4ef69ec0d6a4b9478c7baf324b0adabacedd70b31b3ad1da0555d252fd712',
      'one-receiver': 'af8697d426124e1569b99d36b7eca7ad3bb06c43e1cfffa30d25ecd08f3a1bb0',
      'two-sender': '5d9401b12c1ab0e7ca5641907a35b2caa9c203a188898090eea73928cbfa8d35',
      'two-receiver': 'b69d935e1d251a4748683e15b1d1e7792d8965e433f2c47ed9b784114ac8bc78',
    },
  },
];

const NUMBERS = 20_000;
const NUMBERS_HASH = '2a0c960b4c500cdbebf01d49e635410f2583ffbf5d3bf440587562b49395bdba';

let browser: Browser | undefined;
let page: Page | undefined;

test.before(async () => {
  if (isSkipped) return;
  if (executable === undefined) throw new Error(`there is no Chromium: ${CURE}`);
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'sash',
    platform: 'browser',
    logLevel: 'silent',
  });
  browser = await chromium.launch({ executablePath: executable });
  page = await browser.newPage();
  await page.evaluate(`${outputFiles[0]!.text}; globalThis.sash = sash; undefined`);
});

test.after.always(async () => browser?.close());

function inPage<T>(expression: string): Promise<T> {
  return page!.evaluate<T>(expression);
}

inBrowser(title('what runs in the page is not Node'), async (t) => {
  t.is(
    await inPage('typeof process + typeof require + typeof Buffer + typeof document'),
    'undefinedundefinedundefinedobject',
  );
  t.log(`Chromium ${browser!.version()}, Node ${process.version}`);
});

for (const { what, value, atLeast, hashes } of COURSES) {
  test(`in Node, the octets that are on record: ${what}`, (t) => {
    const run = recorded(value, 1);
    t.is(run.ending, 'finished');
    for (const [name, least] of Object.entries(atLeast)) {
      const count = run[name as keyof typeof atLeast];
      t.true(count >= least, `${name}: ${count}, and at least ${least} make it worth while`);
    }
    t.deepEqual(hashesOf(run), hashes);
    t.notDeepEqual(hashesOf(recorded(value, 2)), hashes, 'another seed is another run');
    t.log(`${run.events} events, ${run.lost} lost, ${run.retransmissions} sent again`);
  });

  inBrowser(title(`in a browser, the octets that Node records: ${what}`), async (t) => {
    const there = await inPage<Recorded>(`sash.recorded(${JSON.stringify(value)}, 1)`);
    const here = recorded(value, 1);
    for (const [vantage, octets] of Object.entries(here.recordings))
      sameOctets(t, vantage, there.recordings[vantage], octets);
    t.deepEqual(hashesOf(there), hashes);
    t.deepEqual({ ...there, recordings: {} }, { ...here, recordings: {} });
  });
}

test('in Node, the last bits of the mathematics that are on record', (t) => {
  t.is(sha256(numbers(NUMBERS)), NUMBERS_HASH);
});

inBrowser(title('in a browser, the last bits of the mathematics that Node has'), async (t) => {
  const there = await inPage<Uint8Array>(`sash.numbers(${NUMBERS})`);
  sameOctets(t, 'numbers', there, numbers(NUMBERS));
  t.is(sha256(there), NUMBERS_HASH);
});

inBrowser(title('in a browser, the gallery gives what it gives in Node'), async (t) => {
  t.is(await inPage<string>('sash.gallery()'), gallery());
});

/** Says where they part, which two hashes would not. */
function sameOctets(t: ExecutionContext, what: string, there: Uint8Array | undefined, here: Uint8Array): void {
  t.true(there instanceof Uint8Array, `${what}: there is one`);
  const at = here.findIndex((octet, index) => there![index] !== octet);
  t.is(at, -1, `${what}: octet ${at} of ${here.length} is the first that differs`);
  t.is(there!.length, here.length, `${what}: as many octets`);
}

function hashesOf({ recordings }: Recorded): Record<string, string> {
  return Object.fromEntries(Object.entries(recordings).map(([vantage, octets]) => [vantage, sha256(octets)]));
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}
