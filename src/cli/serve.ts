// `sash serve`: the page alone, for recordings and simulations, until Ctrl-C. Nothing leaves the browser's tab.
import type { Argv } from 'yargs';
import { FEED_DEFAULT_PORT } from '../trace/index.ts';
import { reachableHost } from './address.ts';
import { EXIT, type ExitCode } from './faults.ts';
import { declare, flag, type Given, readFlags } from './flag.ts';
import { listen } from './live.ts';
import { type LiveAddress, readLiveAddress } from './live-flags.ts';
import { Signals } from './signals.ts';
import { Talk } from './talk.ts';

const SERVE_FLAGS = {
  port: flag<LiveAddress | undefined>(
    '[HOST:]PORT',
    'where to listen; on this host alone unless HOST says otherwise',
    undefined,
    readLiveAddress,
    () => undefined,
    { fallbackText: `127.0.0.1:${FEED_DEFAULT_PORT}, or a free port after it` },
  ),
};

export function declareServe(y: Argv): Argv {
  return declare(
    y.usage(`Serves the page alone: drop a recording or a capture on it, or run a simulation in it.

  sash serve                      on this host
  sash serve --port 0.0.0.0:8080  for others too: it holds nothing that is anybody's

Usage: sash serve`),
    SERVE_FLAGS,
    'Where:',
  );
}

/** @throws Fault */
export async function serve(argv: Given): Promise<ExitCode> {
  const { port = readLiveAddress('on') } = readFlags(SERVE_FLAGS, argv, {});
  const server = await listen(port, { feed: undefined }, '--port 9300');
  const talk = new Talk({ isQuiet: false });
  talk.say(`the page:  ${talk.paint('bold', server.url(reachableHost(server.address, server.host).host))}`);
  talk.say('Ctrl-C ends it');
  await new Promise<void>((resolve) => {
    const signals = new Signals({ interrupt: resolve, interruptAtOnce: resolve });
    void signals;
  });
  await server.close('interrupted');
  return EXIT.interrupted;
}
