// `sash trace plot` and `sash trace report`: pictures of simulated runs are sound, the same each time, and what they claim; pages
// open in a browser without a word, load nothing, and hold whatever a capture says as text.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CaptureReader, FIGURE_KINDS, THEMES } from '../../src/trace/index.ts';
import { Fault } from '../../src/cli/faults.ts';
import { svgPng } from '../../src/cli/figure-image.ts';
import { type Given } from '../../src/cli/flag.ts';
import { readSeries } from '../../src/cli/plot-source.ts';
import { tracePlot } from '../../src/cli/trace-plot.ts';
import { takeTurns } from '../turns.ts';
import { assertWellFormed, COURSES, pictures, recorded } from './pictures.ts';
import { finished, folder } from './sash.ts';

takeTurns();

const executable = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));
/** In CI its absence is a failure; elsewhere these tests are skipped, with the cure. */
const isSkipped = executable === undefined && process.env['CI'] !== 'true';
const inBrowser = isSkipped ? test.skip : test;
const CURE = 'apt-get install --no-install-recommends chromium-headless-shell';
const title = (claim: string): string => (isSkipped ? `${claim} (needs Chromium: ${CURE})` : claim);
const AXE = new URL('../../../node_modules/axe-core/axe.min.js', import.meta.url);

let browser: Browser | undefined;
test.before(async () => {
  if (isSkipped) return;
  if (executable === undefined) throw new Error(`there is no Chromium: ${CURE}`);
  browser = await chromium.launch({ executablePath: executable });
});
test.after.always(async () => browser?.close());

for (const [name, course] of Object.entries(COURSES)) {
  test(`${name}: every kind is a sound picture, from one capture and from two, in light and in dark`, async (t) => {
    const files = recorded(t, course);
    for (const given of [files.slice(1), files]) {
      const light = await pictures(given, 'light');
      for (const [kind, svg] of light) {
        assertWellFormed(t, svg);
        t.regex(svg, /^<svg [^>]*role="img" aria-label="[^"]+/);
        t.false(/NaN|undefined|Infinity/.test(svg), kind);
      }
      if (given.length < 2) continue;
      t.deepEqual(await pictures(given, 'light'), light, 'the same each time');
      for (const [kind, svg] of await pictures(given, 'dark')) {
        assertWellFormed(t, svg);
        for (const color of Object.values(THEMES.light)) t.false(svg.includes(`"${color}"`), `${kind}: ${color}`);
      }
    }
  });
}

test('two processes draw the same octets; PNG is twice as large', async (t) => {
  const files = recorded(t, COURSES['loss with SACK']);
  const args = ['trace', 'plot', ...files, '--kind', 'sequence'];
  const [once, again] = await Promise.all([finished(t, args), finished(t, args)]);
  t.is(once.code, 0, once.stderr);
  t.is(once.stderr, '');
  t.is(once.stdout, again.stdout);
  t.is(once.stdout, `${(await pictures(files, 'light')).get('sequence')!}\n`);
  const png = await svgPng(once.stdout);
  t.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const [width, height] = /width="(\d+)" height="(\d+)"/.exec(once.stdout)!.slice(1).map(Number) as [number, number];
  const view = new DataView(png.buffer, png.byteOffset);
  t.deepEqual([view.getUint32(16), view.getUint32(20)], [2 * width, 2 * height]);
});

test('the marks of the picture: as many letters and bands as the capture has reasons for', async (t) => {
  const [file] = recorded(t, COURSES['a slow reader']);
  const drawn = await pictures([file], 'light');
  const sequence = drawn.get('sequence')!;
  const said = /P probe ×(\d+)/.exec(sequence);
  t.truthy(said, 'there were probes');
  t.is(sequence.split('>P</text>').length - 1, Number(said![1]));
  t.true(drawn.get('window')!.includes('>zero window</text>'));
});

test('the ladder as text and in Mermaid’s language', async (t) => {
  const files = recorded(t, COURSES['loss with SACK']);
  const text = await finished(t, ['trace', 'plot', ...files, '--kind', 'ladder', '--format', 'text', '--to', '2s']);
  t.is(text.code, 0, text.stderr);
  t.regex(text.stdout, /^ 0\.000000 s \|-- SYN seq 0 win \d+ mss 1460 -+>\| 0\.02\d+ s$/m);
  t.true(text.stdout.split('\n').every((line) => line.length <= 100));
  const mermaid = await finished(t, ['trace', 'plot', ...files, '--kind', 'ladder', '--format', 'mermaid']);
  t.regex(mermaid.stdout, /^sequenceDiagram\n {2}participant A as 10\.0\.0\.1:\d+\n {2}participant B as /);
});

test('what cannot be drawn is told with its cure', async (t) => {
  const [file] = recorded(t, COURSES['a lost window update']);
  const empty = join(folder(t), 'empty.pcap');
  writeFileSync(empty, '');
  const cases: [Given, RegExp][] = [
    [{ kind: 'windw' }, /--kind: "windw" is not a kind: choose sequence, .* Did you mean window\?/],
    [{ out: 'x.gif' }, /"x\.gif" does not say by its ending what it is to be: end it in \.svg, \.png or \.html/],
    [{ format: 'jpg' }, /--format: "jpg" is not a format/],
    [{ kind: 'window', format: 'text' }, /--format text is of a ladder only/],
    [{ kind: 'window,rtt' }, /2 kinds go into a page only: use --format html/],
    [{ width: '20' }, /--width: "20" is not a number of pixels from 200 to 4000/],
    [{ from: '5s', to: '1s' }, /would end before it begins/],
    [{ from: 'soon' }, /--from: "soon"/],
    [{ from: '3000s', to: '4000s' }, /nothing of .* lies between 3000 s and 4000 s: it lasts from 0\.0+ s to /],
    [{ stream: '7' }, /--stream 7: .* has no such conversation: it holds one, number 0/],
    [{ files: [file, file, file] }, /3 files: give one capture, or the sender's and the receiver's/],
    [{ files: ['-', file] }, /standard input cannot be one of them/],
    [{ files: [empty] }, /is empty/],
    [{ files: [join(folder(t), 'none.pcap')] }, /does not exist/],
    [{ out: '/nowhere/x.svg' }, /cannot be created/],
    [{ out: file, format: 'svg' }, /is a file that is read: name another/],
  ];
  for (const [given, pattern] of cases) {
    const fault = await t.throwsAsync(tracePlot({ files: [file], ...given }), { instanceOf: Fault });
    t.is(fault.exitCode, 2);
    t.regex(fault.message, pattern);
  }
});

/** The packets alone, as another program would have captured them by a clock that is 5 s ahead and gains 200 ppm. */
function byAnotherClock(octets: Uint8Array): Buffer {
  const parts: Buffer[] = [];
  const head = Buffer.alloc(24);
  [0xa1b2_3c4d, 0x0004_0002, 0, 0, 65_535, 101].forEach((word, index) => head.writeUInt32LE(word, 4 * index));
  parts.push(head);
  const reader = new CaptureReader({
    packet({ stampNs, octets: all, ipAt, endAt, lengthOctets, capturedOctets }) {
      const ns = Math.round(5e9 + stampNs * (1 + 200e-6));
      const record = Buffer.alloc(16);
      const captured = endAt - ipAt;
      [Math.floor(ns / 1e9), ns % 1e9, captured, captured + lengthOctets - capturedOctets].forEach((word, index) =>
        record.writeUInt32LE(word, 4 * index),
      );
      parts.push(record, Buffer.from(all.subarray(ipAt, endAt)));
    },
  });
  reader.push(octets);
  reader.end();
  return Buffer.concat(parts);
}

test('a receiver whose clock is another is drawn on the sender’s', async (t) => {
  const [sender, receiver] = recorded(t, COURSES['a lost window update']);
  const other = join(folder(t), 'other.pcap');
  writeFileSync(other, byAnotherClock(readFileSync(receiver)));
  const { remark, ladder } = await readSeries([sender, other], { rungs: 400 });
  t.regex(
    remark!,
    /other\.pcap was .* (?:ahead|behind) \(± .*\) and ran (?:199|200|201)\.\d ppm fast: it is drawn on the other/,
  );
  const straight = await readSeries([sender, receiver], { rungs: 400 });
  t.is(straight.remark, undefined, 'clocks that agree are left alone');
  t.deepEqual(
    ladder!.rungs.map(({ label, isLost }) => [label, isLost]),
    straight.ladder!.rungs.map(({ label, isLost }) => [label, isLost]),
  );
  for (const [index, { sentNs, arrivedNs, isLost }] of ladder!.rungs.entries()) {
    if (isLost) continue;
    t.true(Math.abs(arrivedNs - sentNs - 25e6) < 1e6, `${index}: ${arrivedNs - sentNs} ns for a way of 25 ms`);
  }
});

test('standard input is drawn, and its dash is not lost among files', async (t) => {
  const [sender, receiver] = recorded(t, COURSES['a lost window update']);
  const input = readFileSync(sender);
  const piped = await finished(t, ['trace', 'plot', '-', '--kind', 'blame'], { input });
  t.is(piped.code, 0, piped.stderr);
  t.is(piped.stdout, (await finished(t, ['trace', 'plot', sender, '--kind', 'blame'])).stdout);
  t.regex(
    (await finished(t, ['trace', 'plot', receiver, '-'], { input })).stderr,
    /standard input cannot be one of them/,
  );
});

// ---- pages ----

/** Opens a page as its reader would, in a browser that says whatever is amiss. */
async function opened(t: ExecutionContext, file: string, scheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser!.newPage({ colorScheme: scheme, viewport: { width: 1_000, height: 800 } });
  t.teardown(() => page.close());
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('dialog', (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  t.deepEqual(said, []);
  t.is(requests.length, 1, 'nothing is loaded but the page');
  return page;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))',
  );
}

inBrowser(title('a page of all kinds opens without a word in light and in dark, and is for everybody'), async (t) => {
  const files = recorded(t, COURSES['a slow reader']);
  const out = join(folder(t), 'page.html');
  const made = await finished(t, ['trace', 'plot', ...files, '--kind', `${FIGURE_KINDS.join(',')},ladder`, '-o', out]);
  t.is(made.code, 0, made.stderr);
  for (const scheme of ['light', 'dark'] as const) {
    const page = await opened(t, out, scheme);
    t.is(await page.locator('svg').count(), FIGURE_KINDS.length + 1);
    t.deepEqual(await violations(page), []);
    const ground = await page.evaluate('getComputedStyle(document.querySelector("svg rect")).fill');
    t.is(ground, scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(21, 24, 28)');
  }
});

inBrowser(title('a report has everything, filters its packets, and is for everybody, on a phone too'), async (t) => {
  const files = recorded(t, COURSES['a slow reader']);
  const out = join(folder(t), 'report.html');
  const made = await finished(t, ['trace', 'report', ...files, '-o', out]);
  t.is(made.code, 0, made.stderr);
  const again = await finished(t, ['trace', 'report', ...files]);
  t.is(again.stdout, readFileSync(out, 'utf8'), 'the same each time');
  const page = await opened(t, out, 'dark');
  t.deepEqual(await violations(page), []);
  t.is(await page.locator('svg').count(), FIGURE_KINDS.length + 1);
  t.regex((await page.locator('.verdict').first().textContent())!, /window held the sender back \d+ % of the time/);
  const all = await page.locator('#packets tr').count();
  await page.fill('#filter', 'ZeroWindowProbe seq=');
  const shown = await page.locator('#packets tr:not([hidden])').count();
  t.true(shown > 0 && shown < all);
  t.is(await page.locator('#shown').textContent(), `${shown} of ${all} shown`);
  await page.fill('#filter', '');
  await page.check('#flagged');
  t.is(await page.locator('#packets tr:not([hidden])').count(), await page.locator('#packets tr.flagged').count());
  await page.setViewportSize({ width: 375, height: 700 });
  t.is(await page.evaluate('document.documentElement.scrollWidth'), 375, 'nothing sticks out');
});

inBrowser(title('a hostile capture cannot put anything into a page but text'), async (t) => {
  const evil = '"><img src=x onerror=alert(1)>';
  const [sender] = recorded(t, COURSES['a slow reader'], [`${evil.replaceAll('/', '')}.pcapng`, 'b.pcapng']);
  const octets = readFileSync(sender);
  // In the recording's own words: texts of the same length in the place of theirs.
  let changed = 0;
  const texts = [
    [/receiveBuffer/g, '</pre><script'],
    [/zero window/g, '<i>evil</i>'],
    [/sash/g, '<b>&'],
  ] as const;
  let text = octets.toString('latin1');
  for (const [pattern, hostile] of texts) {
    text = text.replaceAll(pattern, (found) => {
      changed++;
      return hostile.padEnd(found.length, '<').slice(0, found.length);
    });
  }
  t.true(changed > 3, 'there was something to replace');
  writeFileSync(sender, Buffer.from(text, 'latin1'));
  const out = join(folder(t), 'hostile.html');
  const made = await finished(t, [
    'trace',
    'report',
    sender,
    '-o',
    out,
    '--title',
    `</title><script>alert(3)</script>${evil}`,
  ]);
  t.is(made.code, 0, made.stderr);
  const page = await opened(t, out, 'light');
  t.is(await page.locator('img').count(), 0);
  t.is(await page.locator('script').count(), 1, 'only ours');
  t.is(await page.locator('body b, body i').count(), 0);
  t.true((await page.locator('h1').textContent())!.includes('<script>alert(3)</script>'));
  const svg = await finished(t, ['trace', 'plot', sender, '--title', `<script>${evil}\u0007 ]]>`]);
  assertWellFormed(t, svg.stdout);
});

// ---- the guide ----

test('the pictures of the guide are what its commands draw', async (t) => {
  const root = new URL('../../../', import.meta.url);
  const at = folder(t);
  const lines = readFileSync(new URL('docs/study/pictures/draw.sh', root), 'utf8').split('\n');
  const guide = readFileSync(new URL('docs/study/pictures.md', root), 'utf8');
  let drawn = 0;
  for (const line of lines.filter((one) => one.startsWith('sash '))) {
    const [, command = '', ...words] = line.replaceAll('/tmp/', `${at}/`).split(' ');
    const flags: Record<string, string> = {};
    const rest: string[] = [];
    for (let index = 0; index < words.length; index++) {
      const word = words[index]!;
      if (word.startsWith('-')) flags[word.replace(/^--?/, '')] = words[++index]!;
      else rest.push(word);
    }
    if (command === 'sim') {
      const name = rest[0]!.includes('/') ? fileURLToPath(new URL(rest[0]!, root)) : rest[0]!;
      const { code, stderr } = await finished(t, ['sim', name, '--record', flags['record']!]);
      t.is(code, 0, stderr);
      continue;
    }
    const { o: picture = '', ...given } = flags;
    const [, ...files] = rest;
    const out = join(at, 'picture.svg');
    t.is(await tracePlot({ ...given, files, out }), 0);
    const current = readFileSync(new URL(picture, root), 'utf8') === readFileSync(out, 'utf8');
    t.true(current, `${picture} is out of date: sh docs/study/pictures/draw.sh`);
    t.true(guide.includes(`(${picture.replace('docs/study/', '')})`), `the guide shows ${picture}`);
    drawn++;
  }
  t.true(drawn >= 7);
});
