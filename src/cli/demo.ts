// `sash demo`: the main job on one machine. A receiver that reads slowly and pauses, and a sender with a real file, are two
// processes of this same command line; then it is checked that the file arrived, and said where the recordings lie.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fillPattern, formatSize } from '../app/index.ts';
import { EXIT, type ExitCode, Fault } from './faults.ts';
import { type Interruptible, Signals } from './signals.ts';
import { Keyboard } from './keyboard.ts';
import { listen } from './live.ts';
import { readLiveAddress } from './live-flags.ts';
import { formatSummary, type Summary } from './summary.ts';
import { type Paint, Talk } from './talk.ts';

const SIZE = 20 * 1_048_576;
const PLAN = '2s 4MB/s, 3s stop, 4MB/s';

export function demo(): Promise<ExitCode> {
  return new Demo().run();
}

/** A child that runs. */
interface Started {
  /** Where to send to, once the receiver listens. */
  address: Promise<string | undefined>;
  /** Where its feed is to be seen. */
  page: Promise<string | undefined>;
  finished: Promise<Finished>;
}

interface Finished {
  summary: Summary | undefined;
}

type Name = 'receiver' | 'sender';

const PAINTS: Readonly<Record<Name, Paint>> = { receiver: 'cyan', sender: 'yellow' };

/** Where a child shows itself. */
const PAGE = /^live: +http:\/\/(\S+)\/$/;

/** A child's status: seconds, then what they brought. */
const STATUS = /^ *\d+ s {2}/;

class Demo implements Interruptible {
  readonly #talk = new Talk({ isQuiet: false });
  readonly #signals = new Signals(this);
  readonly #children: ChildProcess[] = [];
  readonly #statuses = new Map<Name, string[]>();
  #folder = '';
  /** Ends the show after the show. */
  #enough = (): void => {};

  async run(): Promise<ExitCode> {
    this.#folder = await mkdtemp(join(tmpdir(), 'sash-demo-'));
    let isWorthKeeping = false;
    try {
      isWorthKeeping = await this.#play();
      return this.#signals.wereThereAny ? EXIT.interrupted : EXIT.done;
    } finally {
      this.#signals.close();
      for (const child of this.#children) child.kill('SIGKILL'); // no effect on those that have ended
      if (!isWorthKeeping) await rm(this.#folder, { recursive: true, force: true });
    }
  }

  interrupt(): void {
    for (const child of this.#children) child.kill('SIGTERM');
    this.#enough();
  }

  interruptAtOnce(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** Whether there are recordings to keep. */
  async #play(): Promise<boolean> {
    const sent = join(this.#folder, 'sent.bin');
    const received = join(this.#folder, 'received.bin');
    const records = { receiver: join(this.#folder, 'receiver.pcapng'), sender: join(this.#folder, 'sender.pcapng') };
    const octets = new Uint8Array(SIZE);
    fillPattern(octets, 0);
    await writeFile(sent, octets);

    this.#talk.say(
      `A file of ${formatSize(SIZE)} goes through a window of 64 KiB to a receiver that reads like this: ${PLAN}.`,
    );
    this.#talk.say('While it pauses its window closes, and the sender must wait and probe.\n');
    const receiver = this.#start('receiver', [
      'recv',
      '--live',
      '127.0.0.1:0',
      '--read-plan',
      PLAN,
      '--out',
      received,
      '--record',
      records.receiver,
    ]);
    const to = await receiver.address;
    if (to === undefined) return this.#stopped(receiver.finished);
    const sender = this.#start('sender', ['send', to, sent, '--live', '--record', records.sender]);
    void this.#invite(receiver.page, sender.page);
    const [{ summary: atSender }, { summary: atReceiver }] = await Promise.all([sender.finished, receiver.finished]);
    if (this.#signals.wereThereAny) return false;
    if (atSender === undefined || atReceiver === undefined) return this.#stopped(receiver.finished);

    this.#talk.say(`\n${formatSummary({ ...atSender, recording: null }, this.#talk.width)}`);
    this.#talk.say(`\n${formatSummary({ ...atReceiver, recording: null, output: null }, this.#talk.width)}\n`);
    await this.#compare(sent, received);
    if (this.#signals.wereThereAny) return false; // nobody has been told of recordings yet
    this.#adviseOn(records);
    await Promise.all([rm(sent), rm(received)]);
    if (Keyboard.isUsable(this.#talk)) await this.#showAgain(Object.values(records));
    return true;
  }

  /** One page shows both ends: that of the receiver's feed, which is told where the sender's is. */
  async #invite(receiver: Promise<string | undefined>, sender: Promise<string | undefined>): Promise<void> {
    const [own, other] = await Promise.all([receiver, sender]);
    if (own === undefined || other === undefined) return;
    this.#talk.say(
      `Watch it in a browser, while it lasts: ${this.#talk.paint('bold', `http://${own}/#feed=${other}`)}\n`,
    );
  }

  /** Starts this same command line with other arguments; what it says is passed on line by line. */
  #start(name: Name, args: string[]): Started {
    const child = spawn(process.execPath, [process.argv[1]!, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const lines = createInterface({ input: child.stderr });
    lines.on('line', (line) => {
      if (!PAGE.test(line)) this.#pass(name, line);
    });
    const told = (what: RegExp): Promise<string | undefined> =>
      new Promise((resolve) => {
        lines.on('line', (line) => {
          const found = what.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
        child.once('close', () => resolve(undefined));
      });
    const [address, page] = [told(/sash send (\S+)/), told(PAGE)];
    const finished = new Promise<Finished>((resolve) => {
      child.once('close', () => resolve({ summary: out === '' ? undefined : (JSON.parse(out) as Summary) }));
    });
    return { address, page, finished };
  }

  /** On a terminal the two statuses stand together and are redrawn; all else goes by, as it comes. */
  #pass(name: Name, line: string): void {
    const heading = this.#talk.paint(PAINTS[name], name.padEnd(8));
    if (!this.#talk.isLive || !STATUS.test(line)) {
      this.#talk.say(`${heading} | ${line}`);
      return;
    }
    const [first = '', ...rest] = line.trim().split(' · ');
    this.#statuses.set(name, [`${heading} ${first}`, ...rest.map((part) => `         ${part}`), '']);
    this.#talk.draw([...this.#statuses.values()].flat());
  }

  async #stopped(finished: Promise<Finished>): Promise<false> {
    this.interrupt();
    await finished;
    if (this.#signals.wereThereAny) return false;
    throw new Fault('the demonstration failed: see above what receiver and sender said', EXIT.failed);
  }

  async #compare(sent: string, received: string): Promise<void> {
    const [before, after] = await Promise.all([sha256(sent), sha256(received)]);
    this.#talk.say(`SHA-256 of the file that was sent     ${before}`);
    this.#talk.say(`SHA-256 of the file that was received ${after}`);
    if (before !== after) throw new Fault('the two files differ', EXIT.failed);
    this.#talk.say(`${this.#talk.paint('green', 'They are the same.')}\n`);
  }

  #adviseOn({ receiver, sender }: { receiver: string; sender: string }): void {
    const sash = process.env.npm_lifecycle_event === undefined ? 'sash' : 'npx sash';
    this.#talk.say(`Both ends were recorded:
  ${sender}
  ${receiver}
Look at one of them:
  ${sash} trace show ${sender} | less
  wireshark ${sender}
or at both, in a browser:
  ${sash} serve ${sender} ${receiver}
Then do it yourself, in two terminals:
  ${sash} recv --read-rate 1MB/s
  ${sash} send localhost:9293 --bytes 20MiB`);
  }

  /** It was over soon: whoever sits there finds both recordings on the page, until a key is pressed. */
  async #showAgain(recordings: readonly string[]): Promise<void> {
    const server = await listen(readLiveAddress('on'), { feed: undefined, recordings });
    this.#talk.say(`\nSee it again in a browser: ${this.#talk.paint('bold', server.url())}  (q or Ctrl-C ends this)`);
    const enough = new Promise<void>((resolve) => (this.#enough = resolve));
    const keyboard = new Keyboard({ q: this.#enough, '\r': this.#enough }, this.#enough, () => {});
    await enough;
    keyboard.close();
    await server.close('the demonstration is over');
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
