// Ports of the loopback that nobody listens on, and that the kernel gives nobody meanwhile.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Where this process looks next: it never gives a port twice in a row, as one that dials itself would be connected. */
let next = process.pid;

/**
 * A port below those that Linux hands out for port 0 and to dialling sockets (32768 to 60999): one of those, just given back, may be another test's
 * before it is dialled.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (next++ % 12_000);
    const server = createServer();
    const isTaken = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(true));
      server.listen(port, '127.0.0.1', () => resolve(false));
    });
    if (isTaken) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
