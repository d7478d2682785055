// The gallery in the page: what it shows is what the library gives, choices and their faults, the link, time, the keyboard, and
// what a screen reader and a phone are given.
import { type Page } from 'playwright-core';
import { galleryEntry, type GalleryRun, measuresOf, runGallery, WORKLOADS } from '../../sim/index.ts';
import { becomes, drawn, inPage, overflow, says, useBrowser, violations } from './in-browser.ts';

useBrowser();

/** Nothing moves by itself: a run is shown at its end. */
const STILL = { reducedMotion: 'reduce' } as const;

async function shown(page: Page, systems: number): Promise<void> {
  await page
    .locator('.gallery-plot')
    .nth(systems - 1)
    .waitFor();
  await page.getByRole('button', { name: 'run', exact: true }).waitFor();
}

async function results(page: Page): Promise<string[][]> {
  return page
    .getByRole('region', { name: 'What it came to' })
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) =>
        [
          ...(row as unknown as { querySelectorAll(of: string): Iterable<{ textContent: string }> }).querySelectorAll(
            'td',
          ),
        ].map(({ textContent }) => textContent),
      ),
    );
}

function expected(runs: readonly GalleryRun[]): string[][] {
  const { flow, cost } = measuresOf(runs);
  return [...flow, ...cost].map(({ of }) => runs.map((run) => of(run)));
}

function plot(page: Page, id: string) {
  return page.getByRole('region', { name: galleryEntry(id)!.name, exact: true });
}

inPage(
  'the gallery begins with four systems whose consumer stands still, and shows what the library gives',
  async (t, open) => {
    const page = await open('#simulate', STILL);
    await page.getByRole('button', { name: 'the gallery' }).click();
    await shown(page, 4);
    const runs = runGallery(['tcp', 'reactor', 'kafka-producer', 'node'], 'freeze');
    await becomes(t, () => results(page), expected(runs));
    await page.getByText(WORKLOADS.freeze.about).waitFor();
    await page.getByText(/these are models, not measurements of the products/).waitFor();

    const kafka = plot(page, 'kafka-producer');
    await page.getByRole('slider', { name: 'Moment shown' }).fill('4000');
    await drawn(page);
    const { series } = runs[2]!;
    const [held, flight, source] = [series.queuedItems, series.inFlightItems, series.backlogItems].map((of) => of[96]!);
    t.true(held! > 900, `${held} held while the consumer stood still`);
    await becomes(
      t,
      () => kafka.locator('.keys').textContent(),
      `held ${held!.toLocaleString('en')}in flight ${flight}at the source ${source}`,
    );
    t.regex(
      (await kafka.getByRole('img').getAttribute('aria-label'))!,
      new RegExp(`At 4\\.000000 s: held ${held!.toLocaleString('en')},`),
    );

    await kafka.getByRole('button', { name: /^table/ }).click();
    const table = await kafka.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.textContent));
    t.is(table.length, series.time.length);
    t.is(table[96], `4.000000${held!.toLocaleString('en')}${flight}${source}`);
    await page.getByText('numbers, sources, what is left out').nth(2).click();
    await page.getByText(galleryEntry('kafka-producer')!.sources[0]!.where).waitFor();
  },
);

inPage('systems are found, chosen and taken away; the address carries the choice', async (t, open) => {
  const page = await open('#gallery', STILL);
  await shown(page, 4);
  for (const id of ['reactor', 'kafka-producer', 'node'])
    await page.getByRole('button', { name: `take ${id} away`, exact: true }).click();
  await page.getByText('choose systems').click();
  const find = page.getByRole('textbox', { name: 'find' });
  await find.fill('credit flow');
  await page.getByRole('checkbox', { name: /^rabbitmq / }).check();
  await find.fill('64/32');
  await page.getByRole('checkbox', { name: '64/32' }).check();
  await find.fill('nothing of the kind');
  await becomes(t, () => page.getByRole('checkbox').count(), 0);
  await page.getByRole('combobox', { name: 'workload' }).selectOption('slow-consumer');
  await page.getByRole('textbox', { name: 'produced' }).fill('2500/s');
  await page.getByRole('textbox', { name: 'duration' }).fill('2s');
  await page.getByRole('button', { name: 'run', exact: true }).click();
  await page.getByText('What is shown is of before').waitFor({ state: 'detached' });
  await page.locator('.gallery-plots.of-3').waitFor();
  const wanted = expected(
    runGallery(['tcp', 'rabbitmq', '64/32'], 'slow-consumer', { produces: 2_500, duration: 2e9 }),
  );
  await becomes(t, () => results(page), wanted);
  const { hash } = new URL(page.url());
  t.is(hash, '#gallery=tcp,rabbitmq,64/32&workload=slow-consumer&rate=2500/s&duration=2s');
  await page
    .getByText('sash gallery run tcp rabbitmq 64/32 --workload slow-consumer --rate 2500/s --duration 2s')
    .waitFor();

  const again = await open(hash, STILL);
  await shown(again, 3);
  await becomes(t, () => results(again), wanted);
  await becomes(t, () => again.getByRole('textbox', { name: 'produced' }).inputValue(), '2500/s');
});

inPage('no more than six are chosen, and none is nothing to run', async (t, open) => {
  const page = await open('#gallery=tcp,quic,http2,grpc,yamux,ssh,node&workload=chains&duration=500ms', STILL);
  const alert = page.getByRole('alert');
  await becomes(t, () => alert.textContent(), '7 systems are more than fit: take away all but 6.');
  const take = (id: string) => page.getByRole('button', { name: `take ${id} away`, exact: true }).click();
  await take('node');
  await becomes(t, () => alert.textContent(), 'There is no workload "chains": choose another.');
  await page.getByRole('combobox', { name: 'workload' }).selectOption('chain');
  await becomes(t, () => alert.count(), 0);
  await page.getByText('choose systems').click();
  await page.getByText('6 are chosen, which is the most').waitFor();
  await becomes(t, () => page.getByRole('checkbox', { name: /^flink / }).isDisabled(), true);
  await becomes(t, () => page.getByRole('checkbox', { name: /^quic / }).isEnabled(), true);
  for (const id of ['tcp', 'quic', 'http2', 'grpc', 'yamux', 'ssh']) await take(id);
  await becomes(t, () => alert.textContent(), 'Choose a system, or several.');
  await becomes(t, () => page.getByRole('button', { name: 'run', exact: true }).isDisabled(), true);
});

inPage('what cannot be run is told in the words of the library, at the field', async (t, open) => {
  const page = await open('#gallery=tcp&workload=slow-consumer&rate=fast', STILL);
  await says(t, page.getByRole('alert'), /^Produced: "fast" is not items a second: write a number/);
  await becomes(t, () => page.getByRole('textbox', { name: 'produced' }).getAttribute('aria-invalid'), 'true');
  await page.getByRole('textbox', { name: 'produced' }).fill('');
  await page.getByRole('textbox', { name: 'delay' }).fill('2min');
  await page.keyboard.press('Tab');
  await becomes(t, () => page.getByRole('alert').textContent(), 'Delay: a delay is a minute at most.');
  await becomes(t, () => page.getByRole('button', { name: 'run', exact: true }).isDisabled(), true);
  await page.getByRole('textbox', { name: 'delay' }).fill('5ms');
  await page.getByRole('textbox', { name: 'duration' }).fill('1s');
  await page.keyboard.press('Enter');
  await shown(page, 1);
  await becomes(t, () => page.getByRole('alert').count(), 0);

  const evil = encodeURIComponent('"><img src=x onerror="document.title=1">');
  const hostile = await open(`#gallery=tcp,${evil}&workload=freeze&rate=${evil}&nothing=${evil}`, STILL);
  await says(t, hostile.getByRole('alert'), /^There is no system ""><img src=x/);
  t.is(await hostile.locator('img:not(svg)').count(), 0);
  t.is(await hostile.title(), 'sash');
  await hostile.getByRole('button', { name: /^take ""?>?<img|^take ">/ }).click();
  await says(t, hostile.getByRole('alert'), /^Produced: ".*is not items a second/);
});

inPage('a long run says how far it is, and is cancelled; one without bound is ended and says so', async (t, open) => {
  const page = await open('#gallery=unbounded&workload=slow-consumer&rate=1000000/s&line=100GB/s&duration=1h', STILL);
  await page.getByText(/unbounded, [1-9][\d,]+ happenings/).waitFor();
  await page.getByRole('button', { name: 'cancel' }).click();
  await page.getByRole('button', { name: 'run', exact: true }).waitFor();
  await becomes(t, () => page.locator('.gallery-plot').count(), 0);
  await page.getByText('more of the workload').click();
  await page.getByRole('textbox', { name: 'memory' }).fill('1MiB');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'run', exact: true }).click();
  await shown(page, 1);
  await says(t, page.locator('.ending'), /^stopped at 1 MiB held, most of it at the receiver, after/);
});

inPage('time is played, stepped and zoomed by keyboard and pointer; a transfer keeps its own', async (t, open) => {
  const page = await open('#gallery=tcp,node&workload=freeze');
  await shown(page, 2);
  const clock = page.getByRole('status', { name: 'Cursor' }).and(page.locator(':visible'));
  const after = async (...keys: string[]): Promise<number> => {
    for (const key of keys) await page.keyboard.press(key);
    await drawn(page);
    return Number.parseFloat((await clock.textContent())!);
  };
  await page.getByRole('button', { name: 'Pause' }).waitFor(); // it plays when it is there
  const first = await after(' ');
  t.true(first < 10, `${first}`);
  t.is(await after(), first, 'it stands still');
  t.is(await after('End'), 10);
  t.is(await after('Home'), 0);
  t.is(await after('ArrowRight', 'ArrowRight', 'ArrowRight'), 0.125);
  t.is(await after('ArrowLeft'), 0.083333);
  t.is(await after('l', 'z', 'p'), 0.083333, 'what is of transfers means nothing here');
  const box = (await plot(page, 'tcp').getByRole('img').boundingBox())!;
  const at = (share: number): readonly [number, number] => [box.x + box.width * share, box.y + box.height / 2];
  await page.mouse.click(...at(0.5));
  const clicked = await after();
  t.true(clicked > 3 && clicked < 7, `${clicked}`);
  await page.mouse.move(...at(0.3));
  await page.mouse.down();
  await page.mouse.move(...at(0.6), { steps: 3 });
  await page.mouse.up();
  const all = page.getByRole('button', { name: 'all', exact: true }).and(page.locator(':enabled'));
  await all.waitFor();
  await page.keyboard.press('a');
  await all.waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'a transfer' }).click();
  await page.getByRole('button', { name: 'run', exact: true }).click();
  await page.getByRole('listbox').waitFor();
  t.not(await after('Home'), clicked);
  await page.getByRole('button', { name: 'the gallery' }).click();
  t.is(await after(), clicked);
});

inPage('other plots and scales are of the same runs', async (t, open) => {
  const page = await open('#gallery=tcp,unbounded,rabbitmq-drop-head&workload=slow-consumer&duration=4s', STILL);
  await shown(page, 3);
  const [, unbounded, dropping] = runGallery(['tcp', 'unbounded', 'rabbitmq-drop-head'], 'slow-consumer', {
    duration: 4e9,
  });
  await page.getByText('The scale goes by factors').waitFor(); // 12,000 beside 48
  await page.getByRole('combobox', { name: 'scale' }).selectOption('linear');
  await page.getByText('The scale goes by factors').waitFor({ state: 'detached' });
  await page.getByRole('combobox', { name: 'show' }).selectOption('lost');
  await drawn(page);
  await becomes(
    t,
    () => plot(page, 'rabbitmq-drop-head').locator('.keys').textContent(),
    `dropped ${dropping!.series.dropped.at(-1)!.toLocaleString('en')}refused 0`,
  );
  await page.getByRole('combobox', { name: 'show' }).selectOption('age');
  await drawn(page);
  await says(t, plot(page, 'unbounded').locator('.keys'), /done \d\.\d\d s$/);
  await page.getByRole('combobox', { name: 'show' }).selectOption('octets');
  await drawn(page);
  await says(t, plot(page, 'unbounded').locator('.keys'), /octets held 11\.\d MiB/);
  t.true(unbounded!.peak.queuedOctets > 11 * 2 ** 20);
});

for (const colorScheme of ['light', 'dark'] as const) {
  inPage(`axe-core finds no violation in the gallery, on a phone and beside: ${colorScheme}`, async (t, open) => {
    const rules = colorScheme === 'light' ? undefined : ['color-contrast'];
    const page = await open('#gallery', { ...STILL, colorScheme });
    await shown(page, 4);
    await becomes(t, () => overflow(page), 0, '1280 × 720');
    await page.getByRole('textbox', { name: 'delay' }).fill('soon');
    await page.keyboard.press('Tab');
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: /^table of TCP/ }).click();
    for (const summary of await page.locator('summary').and(page.locator(':visible')).all()) await summary.click();
    t.deepEqual(await violations(page, rules), []);
    await becomes(t, () => overflow(page), 0, '1280 × 720, everything open');
    await page.setViewportSize({ width: 375, height: 740 });
    await drawn(page);
    await becomes(t, () => overflow(page), 0, 'a phone, everything open');
  });
}
