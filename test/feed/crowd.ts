// A hundred observers in a process of their own, who read and throw away.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { FEED_PATH, FEED_SUBPROTOCOL } from '../../src/trace/index.ts';

export const OBSERVERS = 100;

if (process.argv[2] === 'crowd' && process.argv[1] === fileURLToPath(import.meta.url)) {
  crowd(Number(process.argv[3]), Number(process.argv[4]));
}

/** Tells when all have come. */
function crowd(port: number, hz: number): void {
  let left = OBSERVERS;
  let octets = 0;
  for (let i = 0; i < OBSERVERS; i++) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${FEED_PATH}`, [FEED_SUBPROTOCOL]);
    socket.on('open', () => socket.send(JSON.stringify({ kind: 'subscribe', hz })));
    socket.once('message', () => {
      if (--left === 0) process.send!('all here');
    });
    socket.on('message', (data: Buffer) => (octets += data.length));
    socket.on('error', () => {});
  }
  process.on('message', () => process.send!(octets));
  process.on('disconnect', () => process.exit());
}

/** All are here when this resolves. */
export async function gathered(
  port: number,
  hz: number,
): Promise<{ octets: () => Promise<number>; leave: () => void }> {
  const child = fork(new URL(import.meta.url), ['crowd', String(port), String(hz)]);
  const heard = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
  await heard();
  return {
    octets: async () => {
      const answer = heard();
      child.send('how much?');
      return Number(await answer);
    },
    leave: () => {
      if (child.connected) child.disconnect();
    },
  };
}
