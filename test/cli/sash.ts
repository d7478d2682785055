// Processes of the command line itself, for tests. Each ends with its test, whatever happens.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExecutionContext } from 'ava';
import { type Summary } from '../../src/cli/summary.ts';
import '../unmeasured.ts';

export const LAUNCHER = fileURLToPath(new URL('../../../src/cli/sash.js', import.meta.url));

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartOptions {
  /** Octets for standard input, which is otherwise empty. */
  input?: Uint8Array;
  /** A program that runs ours: `ip netns exec name`. */
  within?: readonly string[];
  environment?: NodeJS.ProcessEnv;
}

export class Sash {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stderr = '';
  readonly #stdout: Buffer[] = [];
  /** It has ended, and all that it said is here: between the one and the other there may be a while. */
  #isOver = false;
  #waiting: (() => void)[] = [];

  constructor(t: ExecutionContext, args: readonly string[], options: StartOptions = {}) {
    const [program, ...rest] = [...(options.within ?? []), process.execPath, LAUNCHER, ...args];
    const { input } = options;
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const env = { ...process.env, NO_COLOR: '1', ...options.environment };
    this.child = spawn(program!, rest, { stdio: [stdin, 'pipe', 'pipe'], env });
    this.child.stdout?.on('data', (octets: Buffer) => {
      this.#stdout.push(octets);
      this.#wake();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.#isOver = true;
        resolve({ code, signal });
        this.#wake();
      });
    });
    if (input !== undefined) this.child.stdin!.end(input);
    t.teardown(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }

  get stdout(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  get json(): Summary {
    return JSON.parse(this.stdout.toString()) as Summary;
  }

  /** Waits until it has said something like this, on standard error. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#comes(pattern, () => this.stderr);
  }

  /** Waits until it has printed something like this, on standard output: what it says elsewhere may come first. */
  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#comes(pattern, () => this.stdout.toString());
  }

  /** For a receiver: where to send to. */
  async address(): Promise<string> {
    return (await this.says(/sash send (\S+) FILE/))[1]!;
  }

  async #comes(pattern: RegExp, so: () => string): Promise<RegExpExecArray> {
    for (;;) {
      const text = so();
      // Whole lines: of the last one more may come.
      const found = pattern.exec(this.#isOver ? text : text.slice(0, text.lastIndexOf('\n') + 1));
      if (found !== null) return found;
      if (this.#isOver) {
        throw new Error(
          `ended without saying ${String(pattern)}:\n${this.stderr}\n${this.stdout.toString().slice(-2_000)}`,
        );
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** A receiver on loopback, on a port of its own, and its address. */
export async function receiver(t: ExecutionContext, args: readonly string[] = [], options?: StartOptions) {
  const recv = new Sash(t, ['recv', '127.0.0.1:0', ...args], options);
  return { recv, address: await recv.address() };
}

/** Runs it to its end. */
export async function finished(t: ExecutionContext, args: readonly string[], options?: StartOptions) {
  const sash = new Sash(t, args, options);
  const { code, signal } = await sash.ended;
  return { code, signal, stdout: sash.stdout.toString(), stderr: sash.stderr };
}

/** A folder that goes with the test. */
export function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sash-cli-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function sha256(octets: Uint8Array | string): string {
  return createHash('sha256')
    .update(typeof octets === 'string' ? readFileSync(octets) : octets)
    .digest('hex');
}

/**
 * Measures by how much this process is ever late, which on a machine that stalls is by seconds: what goes by the wall's clock cannot be
 * seen meanwhile. @returns the longest time so far, milliseconds
 */
export function stallWatch(t: ExecutionContext): () => number {
  let [last, longest] = [performance.now(), 0];
  const look = (): number => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    return longest;
  };
  const timer = setInterval(look, 50);
  t.teardown(() => clearInterval(timer));
  return look;
}
