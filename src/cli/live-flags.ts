// The flags of what is shown live, which every command that runs something shares; and where to listen for that.
import { QuantityError } from '../app/index.ts';
import { FEED_DEFAULT_PORT } from '../trace/index.ts';
import { formatAddress, parseAddress } from './address.ts';
import { usage } from './faults.ts';
import { flag, type Given, readFlags, switchFlag, textFlag, type Values } from './flag.ts';

/** Where the page and the feed are. */
export interface LiveAddress {
  host: string;
  port: number;
  /** Where it was not asked for, another port will do as well. */
  isPortAsked: boolean;
}

const LOOPBACK = '127.0.0.1';
const TOKEN = /^[A-Za-z0-9_-]{16,128}$/;

export const LIVE_FLAGS = {
  live: flag<LiveAddress | undefined>(
    '=[HOST:]PORT',
    'show it live, as a page for browsers and a feed for programs',
    undefined,
    readLive,
    (live) => (live === undefined ? undefined : live.isPortAsked ? formatAddress(live.host, live.port) : 'on'),
    { fallbackText: `off; alone: ${LOOPBACK}:${FEED_DEFAULT_PORT}` },
  ),
  control: switchFlag('let observers who have the token change pace, link and time'),
  'live-token': textFlag('TOKEN', 'what whoever looks must show', {
    fallbackText: 'one is made beyond this host, and for --control',
  }),
};

export type LiveValues = Values<typeof LIVE_FLAGS>;

/** @throws Fault where flags do not go together */
export function checkLive(values: LiveValues & { quiet?: boolean }): void {
  const { live, control, 'live-token': token, quiet = false } = values;
  if (live === undefined && control) throw usage('--control lets observers of --live control: give --live as well');
  if (live === undefined && token !== undefined) throw usage('--live-token is for --live: give that as well');
  if (token !== undefined && !TOKEN.test(token)) {
    throw usage('--live-token: a token is 16 to 128 letters, digits, - and _; or leave it out, and one is made');
  }
  const isMade = live !== undefined && (control || !/^(?:127\.|::1$|localhost$)/i.test(live.host));
  if (quiet && isMade && token === undefined) {
    throw usage('--quiet would hide the token that observers need: give one with --live-token');
  }
}

function readLive(text: string): LiveAddress | undefined {
  return text === 'off' || text === 'false' ? undefined : readLiveAddress(text);
}

/** `on`, `PORT`, `HOST`, `HOST:PORT`; without a host on loopback. @throws Fault, QuantityError */
export function readLiveAddress(text: string): LiveAddress {
  if (text === 'on' || text === 'true') return { host: LOOPBACK, port: FEED_DEFAULT_PORT, isPortAsked: false };
  const isPort = /^:?\d+$/.test(text);
  if (isPort && Number(text.replace(':', '')) > 65_535)
    throw new QuantityError(`"${text}" is not a port: they end at 65535`);
  const { host = LOOPBACK, port } = parseAddress(text, FEED_DEFAULT_PORT);
  return { host, port, isPortAsked: isPort || /:\d+$/.test(text.replace(/^\[.*\]/, '')) };
}

export interface LiveSimulation {
  values: LiveValues;
  /** Virtual over wall time; null: as fast as it can. */
  speed: number | null;
}

/** What the command line says of it; undefined without `--live`. @throws Fault */
export function liveOf(argv: Given): LiveSimulation | undefined {
  const values = readFlags(LIVE_FLAGS, argv, {});
  checkLive(values);
  const speed = speedOf(argv['speed']);
  if (values.live !== undefined) return { values, speed: speed === undefined ? 1 : speed };
  if (speed !== undefined)
    throw usage('--speed paces what --live shows; otherwise a simulation takes no time: leave it out');
  return undefined;
}

function speedOf(given: unknown): number | null | undefined {
  if (given === undefined) return undefined;
  if (given === 'max') return null;
  const speed = typeof given === 'string' && /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : NaN;
  if (speed >= 1e-6 && speed <= 1e6) return speed;
  throw usage(
    `--speed: "${typeof given === 'string' ? given : ''}" is not a speed: write 1 for real time, 0.1 for slow motion, or max`,
  );
}
