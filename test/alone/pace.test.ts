// Who looks costs a live transfer nothing that it would notice.
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { WebSocket } from 'ws';
import { FEED_SUBPROTOCOL, type FeedMessage } from '../../src/trace/index.ts';
import { receiver, Sash } from '../cli/sash.ts';
import { gathered, OBSERVERS } from '../feed/crowd.ts';

const PACE = 100e6 / 8;
const SPAN_MS = 2_500;
/**
 * A machine that is busy with something else keeps no pace, watched or not, and such a round says nothing: it is tried again. Observers
 * who cost anything would do so in every round.
 */
const MOST_ROUNDS = 20;

test(`a transfer paced at 100 Mbit/s keeps its pace within 1 % with ${OBSERVERS} reading observers, and its memory`, async (t) => {
  t.timeout(280_000);
  const { address } = await receiver(t, ['--once', '--window', '1MiB']);
  const send = new Sash(t, ['send', address, '--bytes', '100GB', '--rate', '100Mbit/s', '--live=127.0.0.1:0']);
  const port = Number((await send.says(/live: +http:\/\/127\.0\.0\.1:(\d+)/))[1]);
  const progress = await Progress.of(t, port);

  const shares: number[] = [];
  do {
    const memory = residentSet(send.child.pid!);
    const alone = await progress.rate();
    const crowd = await gathered(port, 30);
    t.teardown(() => crowd.leave());
    const watched = await progress.rate();
    t.true((await crowd.octets()) > 0);
    const more = residentSet(send.child.pid!) - memory;
    t.true(more < 64 * 1_048_576, `${more} octets of memory`);
    crowd.leave();
    shares.push(watched / Math.min(PACE, alone));
  } while (shares.at(-1)! < 0.99 && shares.length < MOST_ROUNDS);
  t.true(shares.at(-1)! >= 0.99, `of the pace alone: ${shares.join(', ')}`);
});

/** One observer more: what is acknowledged, and when, by the sender's own clock. */
class Progress {
  #nowNs = 0;
  #octets = 0;

  static async of(t: ExecutionContext, port: number): Promise<Progress> {
    const progress = new Progress();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/feed`, [FEED_SUBPROTOCOL]);
    t.teardown(() => socket.terminate());
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send(JSON.stringify({ kind: 'subscribe', kinds: ['state'] })));
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as FeedMessage;
        if (message.kind !== 'state') return;
        const [state] = message.states;
        if (state === undefined) return;
        progress.#nowNs = message.atNs;
        progress.#octets = state.tally.octetsAcknowledged;
        resolve();
      });
    });
    return progress;
  }

  /** Octets a second, over some time from now on. */
  async rate(): Promise<number> {
    const [nowNs, octets] = [this.#nowNs, this.#octets];
    await new Promise((resolve) => setTimeout(resolve, SPAN_MS));
    return ((this.#octets - octets) / (this.#nowNs - nowNs)) * 1e9;
  }
}

/** Octets; 0 where there is no /proc. */
function residentSet(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
