// A page in Debian's Chromium, served as `sash serve` serves it. What the page or the browser logs as an error fails the test.
// Without a browser these tests are skipped, with the cure; in CI its absence is a failure.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { type FeedServer, serveFeed } from '../../src/feed/index.ts';

const executable = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));
const isSkipped = executable === undefined && process.env['CI'] !== 'true';
const CURE = 'apt-get install --no-install-recommends chromium-headless-shell';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Milliseconds that anything may take that is waited for: machines may be slow, and what is wrong stays wrong. */
const PATIENCE_MS = 60_000;

let browser: Browser | undefined;
let server: FeedServer | undefined;

/** To be called once in a test file. */
export function useBrowser(): void {
  test.before(async () => {
    if (isSkipped) return;
    if (executable === undefined) throw new Error(`there is no Chromium: ${CURE}`);
    server = await serveFeed({ feed: undefined, host: '127.0.0.1', port: 0 });
    browser = await chromium.launch({ executablePath: executable });
  });
  test.after.always(async () => {
    await browser?.close();
    await server?.close('the tests are over');
  });
}

export interface OpenOptions extends BrowserContextOptions {
  /** Another address than the page alone. */
  at?: string;
}

/** A test with a page of its own; nothing may have been logged as an error when it ends. */
export function inPage(claim: string, run: (t: ExecutionContext, open: Open) => Promise<void>): void {
  const declare = isSkipped ? test.serial.skip : test.serial;
  declare(isSkipped ? `${claim} (needs Chromium: ${CURE})` : claim, async (t) => {
    const errors: string[] = [];
    const pages: Page[] = [];
    const open: Open = async (hash, options = {}) => {
      const { at = server!.url(), ...rest } = options;
      const context = await browser!.newContext({ viewport: { width: 1280, height: 720 }, ...rest });
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
      });
      page.on('pageerror', (error) => errors.push(String(error)));
      pages.push(page);
      page.setDefaultTimeout(PATIENCE_MS);
      await page.goto(`${at.replace(/#.*/, '')}${hash}`);
      return page;
    };
    try {
      await run(t, open);
      t.deepEqual(errors, [], 'nothing is logged as an error');
    } finally {
      for (const page of pages) await page.context().close();
    }
  });
}

export type Open = (hash: string, options?: OpenOptions) => Promise<Page>;

/** Looks until it is so: what was asked for takes the page some turns, and nobody knows how many. */
export async function becomes<T>(
  t: ExecutionContext,
  look: () => Promise<T>,
  wanted: T,
  message?: string,
): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let seen = await look();
  while (!isDeepStrictEqual(seen, wanted) && performance.now() < until) {
    await sleep(50);
    seen = await look();
  }
  t.deepEqual(seen, wanted, message);
}

/** Looks until it says something like this. */
export async function says(t: ExecutionContext, where: Locator, pattern: RegExp): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let text = await where.textContent();
  while (!pattern.test(text ?? '') && performance.now() < until) {
    await sleep(50);
    text = await where.textContent();
  }
  t.regex(text ?? '', pattern);
}

/** What axe-core finds, in short: by all its rules, or some. */
export async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) await page.evaluate(AXE);
  return page.evaluate(async (only) => {
    interface Found {
      violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
    }
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<Found> } };
    const found = await axe.run(only === undefined ? {} : { runOnly: only });
    return found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map((node) => `${node.target.join(' ')} ${node.failureSummary}`)
          .join(' | ')}`,
    );
  }, rules);
}

/** What was asked for is on the screen. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))');
}

/** By how many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}

export interface Listed {
  packet: number;
  seconds: string;
  way: string;
  seq: string;
  ack: string;
  window: string;
  length: string;
  what: string;
}

/** Every row of the packet list, which holds only those in sight: it is scrolled from top to bottom. */
export async function listedPackets(page: Page): Promise<Listed[]> {
  const rows = page.getByRole('listbox');
  const found = new Map<number, Listed>();
  const height = await rows.evaluate((element) => (element as unknown as { scrollHeight: number }).scrollHeight);
  for (let top = 0; top <= height; top += 320) {
    await rows.evaluate((element, at) => ((element as unknown as { scrollTop: number }).scrollTop = at), top);
    await drawn(page);
    const cells = await rows
      .getByRole('option')
      .evaluateAll((options) =>
        options.map((option) =>
          [...(option as unknown as { children: Iterable<{ textContent: string }> }).children].map(
            ({ textContent }) => textContent,
          ),
        ),
      );
    for (const [packet, seconds, way, seq, ack, window, length, what] of cells)
      found.set(Number(packet), {
        packet: Number(packet),
        seconds: seconds!,
        way: way!,
        seq: seq!,
        ack: ack!,
        window: window!,
        length: length!,
        what: what!,
      });
  }
  return [...found.values()].toSorted((a, b) => a.packet - b.packet);
}
