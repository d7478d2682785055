// A terminal for tests: tmux runs the command line, types keys, and says what the screen shows.
// Without tmux these tests are skipped, with the cure; in CI its absence is a failure.
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { folder, LAUNCHER } from './sash.ts';

const CURE = 'apt-get install tmux';
const isThere = canRun();
const isSkipped = !isThere && process.env['CI'] !== 'true';
const run = promisify(execFile);
/** A busy machine's processes come up slowly. */
const PATIENCE_MS = 120_000;

/** A test that needs a terminal. */
export function inTerminal(claim: string, body: (t: ExecutionContext) => Promise<void>): void {
  const declare = isSkipped ? test.skip : test;
  declare(isSkipped ? `${claim} (needs tmux: ${CURE})` : claim, async (t) => {
    if (!isThere) throw new Error(`there is no tmux: ${CURE}`);
    await body(t);
  });
}

/** A terminal of 100 columns and 40 rows in which the command line runs; it ends with its test. */
export class Terminal {
  readonly #socket: string;

  constructor(t: ExecutionContext, args: readonly string[], environment: Record<string, string> = {}) {
    this.#socket = `${folder(t)}/tmux`;
    const variables = Object.entries({ LANG: 'C.UTF-8', ...environment }).flatMap(([name, value]) => [
      '-e',
      `${name}=${value}`,
    ]);
    const words = [process.execPath, LAUNCHER, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
    const command = `${words.join(' ')}; echo "exit code $?"; exec sleep 1000`;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '40', ...variables, command);
    t.teardown(() => this.#tmux('kill-server'));
  }

  /** As tmux names keys: `Space`, `C-c`, `q`. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** Waits until the screen shows this. @throws Error with the screen, after very long */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      const found = pattern.exec(screen);
      if (found !== null) return found;
      if (performance.now() > until) throw new Error(`nowhere is ${String(pattern)}:\n${screen.trimEnd()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** What stands there now, what has scrolled away included. */
  async screen(): Promise<string> {
    const { stdout } = await run('tmux', ['-S', this.#socket, 'capture-pane', '-p', '-J', '-S', '-500']);
    return stdout;
  }

  #tmux(...args: string[]): void {
    execFileSync('tmux', ['-S', this.#socket, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

function canRun(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
