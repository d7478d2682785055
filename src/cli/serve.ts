// `sash serve`: the page alone, for recordings and simulations, until Ctrl-C; with files, they are what it shows.
import { access, constants, stat } from 'node:fs/promises';
import type { Argv } from 'yargs';
import { FEED_DEFAULT_PORT } from '../trace/index.ts';
import { reachableHost } from './address.ts';
import { EXIT, type ExitCode, Fault, messageOf, usage } from './faults.ts';
import { declare, flag, type Given, readFlags } from './flag.ts';
import { listen } from './live.ts';
import { type LiveAddress, readLiveAddress } from './live-flags.ts';
import { SEVERAL } from './parser.ts';
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
    y
      .usage(
        `Serves the page alone, on this host: with recordings or captures, which it shows at once, or to drop some on it;
simulations run in it.

  sash serve                                 drop a recording on it, or run a simulation in it
  sash serve sender.pcapng receiver.pcapng   both ends of a transfer side by side
  sash serve --port 0.0.0.0:8080             for others too; whoever shall see files needs the whole address

Usage: sash serve [FILE..]`,
      )
      .parserConfiguration(SEVERAL)
      .positional('files', { type: 'string', array: true, describe: 'recordings, or any captures of TCP' }),
    SERVE_FLAGS,
    'Where:',
  );
}

/** @throws Fault */
export async function serve(argv: Given): Promise<ExitCode> {
  const { port = readLiveAddress('on') } = readFlags(SERVE_FLAGS, argv, {});
  const recordings = (argv['files'] as string[] | undefined) ?? [];
  for (const file of recordings) await mustBeReadable(file);
  const server = await listen(port, { feed: undefined, recordings }, '--port 9300');
  const talk = new Talk({ isQuiet: false });
  talk.say(`the page:  ${talk.paint('bold', server.url(reachableHost(server.address, server.host).host))}`);
  talk.say('Ctrl-C ends it');
  await interruption();
  await server.close('interrupted');
  return EXIT.interrupted;
}

/** @throws Fault unless it is a file that can be read again and again, as pipes cannot */
async function mustBeReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
    if (!(await stat(file)).isFile()) throw usage(`${file} is no file: give recordings, as --record writes them`);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw usage(`${file} cannot be read: ${messageOf(error)}`, error);
  }
}

/** Until Ctrl-C. */
async function interruption(): Promise<void> {
  await new Promise<void>((resolve) => {
    const signals = new Signals({ interrupt: resolve, interruptAtOnce: resolve });
    void signals;
  });
}
