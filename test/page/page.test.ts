// The page in a browser: a real transfer live, recordings and captures replayed, scenarios simulated, compared and linked to;
// the keyboard, a phone, and what a screen reader is given.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { type ExecutionContext } from 'ava';
import { type Page } from 'playwright-core';
import { CaptureReader, FLAG_NAMES, FLAG_TEXTS, Wireshark } from '../../src/trace/index.ts';
import { Sash } from '../cli/sash.ts';
import {
  becomes,
  drawn,
  inPage,
  type Listed,
  listedPackets,
  overflow,
  says,
  useBrowser,
  violations,
} from './in-browser.ts';

useBrowser();

/** Compiled, this file is dist/test/page/page.test.js. */
const CAPTURES = join(import.meta.dirname, '../../../test/trace/captures');

interface Expected {
  packet: number;
  seconds: string;
  length: string;
  flags: string[];
}

/** What the list must say of every packet of a file, by our own analysis, which is tshark's. */
function expected(file: string): Expected[] {
  const wireshark = new Wireshark();
  const packets: Expected[] = [];
  const reader = new CaptureReader({
    packet: (packet) => {
      const { flags } = wireshark.judge(packet);
      const isSpecial =
        (flags &
          ((1 << FLAG_NAMES.indexOf('fast_retransmission')) | (1 << FLAG_NAMES.indexOf('spurious_retransmission')))) !==
        0;
      packets.push({
        packet: packet.number,
        seconds: (packet.atNs / 1e9).toFixed(6),
        length: String(packet.lengthOctets),
        flags: FLAG_NAMES.filter(
          (name, bit) => (flags & (1 << bit)) !== 0 && !(isSpecial && name === 'retransmission'),
        ).map((name) => FLAG_TEXTS[name]),
      });
    },
  });
  reader.push(readFileSync(file));
  reader.end();
  return packets;
}

const KNOWN = Object.values(FLAG_TEXTS);

function asExpected({ packet, seconds, length, what }: Listed): Expected {
  return { packet, seconds, length, flags: what.split(/, | · /).filter((word) => KNOWN.includes(word)) };
}

function verdict(page: Page) {
  return page.getByRole('region', { name: 'Verdict' });
}

async function replayed(page: Page, ...files: string[]): Promise<void> {
  await page.getByRole('tab', { name: 'Replay' }).click();
  await page.setInputFiles('input[type=file]', files);
  await page.getByRole('listbox').waitFor();
  await page.getByRole('listbox').focus(); // of a tab, arrows choose the next
}

async function run(page: Page, scenario?: string): Promise<void> {
  if (scenario !== undefined) await page.getByLabel('scenario', { exact: true }).selectOption(scenario);
  await page.getByRole('button', { name: 'run', exact: true }).click();
  await page.getByRole('button', { name: 'run', exact: true }).waitFor();
  await page.getByRole('button', { name: 'keep to compare' }).and(page.locator(':enabled')).waitFor();
}

function folder(t: ExecutionContext): string {
  const made = mkdtempSync(join(tmpdir(), 'sash-page-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
}

inPage('a live transfer whose reader stops shows the zero window, and goes on when it is told to', async (t, open) => {
  const file = join(folder(t), 'run.pcapng');
  const receiver = new Sash(t, [
    'recv',
    '127.0.0.1:0',
    '--once',
    '--read-plan',
    '100ms 200KB/s, stop',
    '--record',
    file,
    '--live=0',
    '--control',
  ]);
  const [, address] = await receiver.says(/live: +(http:\S+)/);
  const token = /#.*/.exec(address!)![0];
  const page = await open(token, { at: address! });
  await page.getByText('live', { exact: true }).waitFor();
  const sender = new Sash(t, ['send', await receiver.address(), '--bytes', '300KB']);
  await verdict(page)
    .getByText(/blocked by the receiver's window: zero for/)
    .waitFor();
  await says(t, verdict(page), /has left \d+ KiB of 64 KiB unread/);
  await page
    .getByRole('region', { name: 'Receiver' })
    .getByText(/window (zero|withheld)/)
    .waitFor();
  t.deepEqual(await violations(page), []);

  await page.getByLabel('reader’s pace').fill('21');
  const [ended] = await Promise.all([receiver.ended, sender.ended]);
  t.is(ended.code, 0);
  await page.getByText('over', { exact: true }).waitFor();
  const wanted = expected(file);
  t.true(wanted.length > 200, `${wanted.length} packets`);
  await becomes(t, async () => (await listedPackets(page)).map(asExpected), wanted, 'the list is the recording');
});

inPage('two feeds, one on each host, are one flow with both ends exact', async (t, open) => {
  const receiver = new Sash(t, ['recv', '127.0.0.1:0', '--once', '--read-rate', '10KB/s', '--live=0']);
  const [, there] = await receiver.says(/live: +(http:\S+)/);
  const sender = new Sash(t, ['send', await receiver.address(), '--bytes', '2MB', '--live=0']);
  const [, here] = await sender.says(/live: +(http:\S+)/);
  const page = await open('', { at: here! });
  await page.getByRole('region', { name: 'Sender' }).getByText('ESTABLISHED').waitFor();
  await page.getByRole('button', { name: /add the other end/ }).click();
  await page.getByLabel('address of a feed').fill(there!);
  await page.getByRole('button', { name: 'look' }).click();
  const named = await open(`#feed=${new URL(here!).host}`, { at: there! });
  await named.getByLabel('as seen by the').waitFor();
  await page.getByLabel('as seen by the').waitFor();
  await page
    .getByRole('region', { name: 'Receiver' })
    .getByText(/ESTABLISHED|CLOSE-WAIT/)
    .waitFor();
  await becomes(t, () => page.getByText('as its packets tell').count(), 0);
  sender.child.kill();
  await page
    .getByText(/over|lost/)
    .first()
    .waitFor();
});

inPage('what is no feed is told in words, and asked again', async (t, open) => {
  const page = await open('#live');
  await page.getByLabel('address of a feed').fill('ftp://nowhere');
  await page.getByRole('button', { name: 'look' }).click();
  await says(t, page.locator('.feeds'), /Give the address that --live printed/);
});

inPage('a capture of Linux is replayed: its packets, their flags, and the verdict', async (t, open) => {
  const page = await open('');
  const file = join(CAPTURES, 'linux-reader-stops.pcap');
  await replayed(page, file);
  await becomes(t, async () => (await listedPackets(page)).map(asExpected), expected(file));
  await page.keyboard.press('Home');
  await page.keyboard.press('p');
  await page.keyboard.press('p');
  await verdict(page)
    .getByText(/blocked by the receiver's window: zero for/)
    .waitFor();
  await says(
    t,
    page.getByRole('region', { name: /^Packet \d+/ }),
    /TCP header, as it stands in the file.*RFC 9293 §3\.8\.6/s,
  );
  await becomes(t, () => overflow(page), 0);
});

inPage(
  'a compressed capture is replayed as it is without; what is damaged is told, and the rest shown',
  async (t, open) => {
    const page = await open('');
    const file = join(CAPTURES, 'linux-reader-stops.pcap');
    const whole = gzipSync(readFileSync(file));
    const give = (name: string, buffer: Buffer): Promise<void> =>
      page.setInputFiles('input[type=file]', { name, mimeType: '', buffer });
    await give('whole.pcap.gz', whole);
    await becomes(t, async () => (await listedPackets(page)).map(asExpected), expected(file));
    await give('torn.pcap.gz', whole.subarray(0, whole.length - 500));
    await page.getByText(/torn\.pcap\.gz is compressed, and damaged/).waitFor();
    const { length } = await listedPackets(page);
    t.true(length > 10 && length < expected(file).length, `${length} packets`);
    await give('none.gz', Buffer.from([0x1f, 0x8b, 8]));
    await page.getByText('none.gz is compressed, and damaged from its beginning').waitFor();
  },
);

inPage('what is no capture is told in words', async (t, open) => {
  const page = await open('');
  await page.setInputFiles('input[type=file]', {
    name: 'holiday.png',
    mimeType: 'image/png',
    buffer: Buffer.from('not a capture at all'),
  });
  await page.getByText('holiday.png is no capture').waitFor();
  await page.setInputFiles('input[type=file]', { name: 'none.pcap', mimeType: '', buffer: Buffer.alloc(0) });
  await page.getByText('none.pcap is empty').waitFor();
  t.pass();
});

inPage('recordings that the page is served with are shown at once, for whoever may see them', async (t, open) => {
  const base = folder(t);
  const recorded = new Sash(t, ['sim', 's06', '--record', join(base, 'run.pcapng')]);
  t.is((await recorded.ended).code, 0);
  const ends = ['sender', 'receiver'].map((end) => join(base, `run.${end}.pcapng`));
  const serving = new Sash(t, ['serve', ...ends, '--port', '0.0.0.0:0']);
  const address = (await serving.says(/the page: +(http:\S+)/))[1]!.replace(/\/\/[^:]+/, '//127.0.0.1');
  const page = await open(/#.*/.exec(address)![0], { at: address });
  await page.getByText('run.sender.pcapng and run.receiver.pcapng').waitFor();
  t.is(await page.getByLabel('as seen by the').locator('option').count(), 2);
});

inPage('both recordings of a simulated run are one flow, as the simulator shows it', async (t, open) => {
  const base = folder(t);
  const recorded = new Sash(t, ['sim', 's06', '--record', join(base, 'run.pcapng')]);
  t.is((await recorded.ended).code, 0);
  const page = await open('');
  await replayed(page, join(base, 'run.sender.pcapng'), join(base, 'run.receiver.pcapng'));
  await becomes(t, () => page.getByLabel('as seen by the').locator('option').count(), 2);
  await page.keyboard.press('End');
  await verdict(page).getByText('It is over').waitFor();
  const replay = await verdict(page).textContent();
  const list = await listedPackets(page);
  await page.getByRole('tab', { name: 'Simulate' }).click();
  await run(page, 's06-zero-window');
  await becomes(t, () => verdict(page).textContent(), replay);
  await becomes(t, () => listedPackets(page), list);
});

inPage('of a conversation either direction can be looked at: who was the receiver is the sender', async (t, open) => {
  const base = folder(t);
  const flows = '[{ write: { request: [3000], response: 60000, count: 3, think: 50ms } }]';
  const scenario = join(base, 'asks.yaml');
  writeFileSync(scenario, `title: t\nlesson: l\nlink: delay=20ms\nflows: ${flows}\n`);
  const recorded = new Sash(t, ['sim', scenario, '--record', join(base, 'run.pcapng')]);
  t.is((await recorded.ended).code, 0, recorded.stderr);
  const page = await open('');
  await replayed(page, join(base, 'run.sender.pcapng'), join(base, 'run.receiver.pcapng'));
  await page.keyboard.press('End');
  const sender = page.getByRole('region', { name: 'Sender' });
  await says(t, verdict(page), /: 176 KiB in/);
  const once = (await sender.textContent())!;
  t.regex(once, /10\.0\.0\.2:9293/, 'the end that sent more');
  const list = await listedPackets(page);
  await page.getByRole('button', { name: 'the other direction' }).click();
  await says(t, sender, /10\.0\.0\.1:\d+/);
  await says(t, verdict(page), /: 8\.79 KiB in/);
  for (const name of ['Ladder', 'Events', 'Packets']) await page.getByRole('tab', { name }).click();
  t.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'the other direction' }).click();
  await becomes(t, () => sender.textContent(), once);
  await becomes(t, () => listedPackets(page), list);
});

inPage('a scenario is run, changed, compared, and carried by its link', async (t, open) => {
  const page = await open('#simulate');
  await run(page, 's01-window-law');
  await says(t, page.getByRole('list', { name: 'Measured' }), /✓ goodput 87\.6 KB\/s/);
  await page.getByRole('button', { name: 'keep to compare' }).click();
  await page.getByLabel('window', { exact: true }).first().fill('17520');
  await page.keyboard.press('Tab');
  await run(page);
  const table = page.getByRole('region', { name: 'Numbers of both runs' });
  await table.waitFor();
  await says(t, table, /goodput87\.6 KB\/s175 KB\/s/);
  t.deepEqual(await violations(page), []);

  // What only one of two scenarios measures stands alone, and time goes on to the later end.
  const link = new URL(page.url()).hash;
  await run(page, 's23-rto');
  await says(t, table, /goodput87\.6 KB\/s—/);
  const life = /life([\d.]+) s/.exec((await table.textContent())!)![1]!;
  await says(t, page.locator('.transport .clock'), new RegExp(`of ${life.split('.')[0]}\\.`));

  const again = await open(link);
  await run(again);
  await says(t, again.getByRole('list', { name: 'Measured' }), /goodput 175 KB\/s/);
});

inPage('a scenario that is wrong is told with its line; a long run can be cancelled', async (t, open) => {
  const page = await open('#simulate');
  await page.getByText('the scenario as text').click();
  const text = page.getByLabel('Scenario, YAML');
  await text.fill('title: a\nlesson: b\nflows:\n  - write: 1MB\n    receiver: { windows: 3 }\n');
  await says(t, page.getByRole('alert'), /^Line 5: .*"windows" is no setting/);
  await text.fill(
    'title: a\nlesson: b\nflows:\n  - write: 100GB\n    receiver: { window: 1MiB }\nlink: delay=1ms rate=1Gbit/s\n',
  );
  await page.getByRole('button', { name: 'run', exact: true }).click();
  await page.getByText(/simulated, [1-9]/).waitFor();
  await page.getByRole('button', { name: 'cancel' }).click();
  await page.getByRole('button', { name: 'run', exact: true }).waitFor();
  await becomes(t, () => page.locator('.workbench').count(), 0);
});

inPage('a hostile link is text and nothing else', async (t, open) => {
  const evil = '"><img src=x onerror="document.title=1"><script>document.title=2</script>';
  const asked = {
    text: `title: ${JSON.stringify(evil)}\nlesson: ${JSON.stringify(evil)}\nflows:\n  - write: 1KB\n    name: ok\n`,
    seed: '1',
    set: { [evil]: evil },
  };
  const coded = deflateRawSync(JSON.stringify(asked)).toString('base64url');
  const page = await open(`#sim=${coded}`);
  await page.getByRole('alert').waitFor();
  const bomb = deflateRawSync(Buffer.alloc(8 * 1_048_576)).toString('base64url');
  for (const hash of [`#sim=${bomb}`, '#sim=AAAA', '#sim=%3Cscript%3E', `#sim=${'A'.repeat(500_000)}`]) {
    const other = await open(hash);
    await other.getByRole('tab', { name: 'Simulate' }).waitFor();
    t.is(await other.title(), 'sash');
  }
  t.is(await page.title(), 'sash');
  t.is(await page.locator('img').count(), 0);
});

// The rules that go by colour are asked in the dark too; the others would find the same.
for (const colorScheme of ['light', 'dark'] as const) {
  const check = (page: Page) => violations(page, colorScheme === 'light' ? undefined : ['color-contrast']);
  inPage(`axe-core finds no violation in any tab: ${colorScheme}`, async (t, open) => {
    const page = await open('', { colorScheme });
    t.deepEqual(await check(page), [], 'replay, empty');
    await replayed(page, join(CAPTURES, 'linux-slow-reader.pcap'));
    await page.keyboard.press('ArrowRight');
    const tables = await page.getByRole('button', { name: /^table/ }).all();
    for (const button of tables) await button.click();
    t.deepEqual(await check(page), [], 'replay, packets, with tables');
    for (const button of tables) await button.click();
    for (const list of ['Ladder', 'Events']) {
      await page.getByRole('tab', { name: list }).click();
      t.deepEqual(await check(page), [], `replay, ${list}`);
    }
    await page.keyboard.press('?');
    t.deepEqual(await check(page), [], 'help');
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'Live' }).click();
    t.deepEqual(await check(page), [], 'live, none');
    await page.getByRole('tab', { name: 'Simulate' }).click();
    await run(page, 's06-zero-window');
    for (const summary of await page.locator('summary').all()) await summary.click();
    t.deepEqual(await check(page), [], 'simulate');
  });
}

inPage(
  'the keyboard goes from packet to packet, to zero windows and blocks, plays, and chooses tabs',
  async (t, open) => {
    const page = await open('#replay');
    await replayed(page, join(CAPTURES, 'linux-reader-stops.pcap'));
    const clock = page.getByRole('status', { name: 'Cursor' });
    /** The cursor, when what a key did is drawn. */
    const after = async (...keys: string[]): Promise<number> => {
      for (const key of keys) await page.keyboard.press(key);
      await drawn(page);
      return Number.parseFloat((await clock.textContent())!);
    };
    t.is(await after('Home'), 0);
    const third = await after('ArrowRight', 'ArrowRight', 'ArrowRight');
    t.true(third > 0);
    t.true((await after('ArrowLeft')) < third);
    const zero = await after('z');
    await says(t, page.locator('.packet.chosen'), /ZeroWindow/);
    t.true((await after('p')) > zero);
    t.true((await after('Home', 'b')) > 0);
    const end = await after('End');
    const [before] = [await after('Home', ' '), await page.waitForTimeout(300)];
    const played = await after(' ');
    t.true(played > before && played < end, `${before} < ${played} < ${end}`);
    t.is(await after(), played, 'it stands still');
    await page.getByRole('tab', { name: 'Replay' }).focus();
    await page.keyboard.press('ArrowRight');
    await becomes(t, () => page.getByRole('tab', { name: 'Simulate' }).getAttribute('aria-selected'), 'true');
  },
);

inPage('a phone needs no scrolling from side to side, and nor does 1280 × 720', async (t, open) => {
  for (const options of [
    { viewport: { width: 375, height: 740 }, isMobile: true },
    { viewport: { width: 1280, height: 720 } },
  ]) {
    const page = await open('#simulate', options);
    await run(page, 's06-zero-window');
    await becomes(t, () => overflow(page), 0, 'simulate');
    await replayed(page, join(CAPTURES, 'linux-reader-stops.pcap'));
    await page.keyboard.press('p');
    await becomes(t, () => overflow(page), 0, 'replay, a packet open');
    await page.getByRole('tab', { name: 'Live' }).click();
    await becomes(t, () => overflow(page), 0, 'live');
  }
});
