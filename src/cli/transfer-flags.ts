// The flags of `recv` and of `send` that the other does not have, and the two whole tables.
import type { Argv } from 'yargs';
import { parsePlan } from '../app/index.ts';
import { COMMON_FLAGS, CONNECTION_FLAGS, LINK_FLAGS } from './connection-flags.ts';
import { LIVE_FLAGS } from './live-flags.ts';
import { CONSUMING_FLAGS, PRODUCING_FLAGS } from './message-flags.ts';
import {
  checkSwitches,
  chunkFlag,
  declare,
  flag,
  rateFlag,
  sizeFlag,
  switchFlag,
  textFlag,
  type Values,
} from './flag.ts';

const READING_FLAGS = {
  'read-rate': rateFlag('how fast the octets are read'),
  'read-chunk': chunkFlag('most octets read at once'),
  'read-plan': flag(
    'PLAN',
    'how fast when, as in "2s full, 3s stop, 5s 200KB/s"; the last phase holds',
    undefined,
    parsePlan,
    (plan) => plan?.toString(),
  ),
  out: textFlag('FILE|-', 'write the octets there (implies --once)', { fallbackText: 'count and discard' }),
  once: switchFlag('end after one connection'),
};

const WRITING_FLAGS = {
  bytes: sizeFlag('send a pattern of so many octets instead of a file', undefined),
  rate: rateFlag('how fast the octets are written'),
  'write-chunk': chunkFlag('most octets written at once'),
  'send-buffer': sizeFlag('octets written and not yet acknowledged, at most', undefined, {
    fallbackText: "larger of 256KiB and twice the peer's window",
  }),
};

export const READING_FLAG_NAMES: readonly string[] = Object.keys({ ...READING_FLAGS, ...CONSUMING_FLAGS });
export const WRITING_FLAG_NAMES: readonly string[] = Object.keys({ ...WRITING_FLAGS, ...PRODUCING_FLAGS });

export const RECV_FLAGS = {
  ...READING_FLAGS,
  ...CONSUMING_FLAGS,
  ...CONNECTION_FLAGS,
  ...LINK_FLAGS,
  ...LIVE_FLAGS,
  ...COMMON_FLAGS,
};
export const SEND_FLAGS = {
  ...WRITING_FLAGS,
  ...PRODUCING_FLAGS,
  ...CONNECTION_FLAGS,
  ...LINK_FLAGS,
  ...LIVE_FLAGS,
  ...COMMON_FLAGS,
};

export type RecvValues = Values<typeof RECV_FLAGS>;
export type SendValues = Values<typeof SEND_FLAGS>;

export function declareRecv(parser: Argv, args: readonly string[]): Argv {
  checkSwitches(RECV_FLAGS, args);
  const described = parser
    .usage(
      `Receives over one window, and shows who holds whom back.

  sash recv                                       on all interfaces, port 9293; count and discard
  sash recv 9300 --out big.bin                    receive one file
  sash recv --read-rate 1MB/s                     read slowly, so that the window closes
  sash recv --read-plan "2s full, 3s stop, full"  pause for three seconds
  sash recv --work 2ms --consumers auto:1..8      process messages, 2 ms each
  sash recv --record run.pcapng                   record it, for Wireshark or \`sash trace show\`

Usage: sash recv [[HOST:]PORT]`,
    )
    .positional('address', { type: 'string', describe: 'where to listen; all interfaces and port 9293 by default' });
  const reading = declare(described, READING_FLAGS, 'How it reads:');
  return declareAll(reading, CONSUMING_FLAGS, 'How it processes messages:');
}

export function declareSend(parser: Argv, args: readonly string[]): Argv {
  checkSwitches(SEND_FLAGS, args);
  const described = parser
    .usage(
      `Sends to a \`sash recv\`, and says why whenever it is silent.

  sash send localhost:9293 big.bin               send a file
  sash send localhost:9293 --bytes 100MiB        send a pattern of that size
  tar c folder | sash send [::1]:9293 -          send standard input
  sash send localhost big.bin --rate 10Mbit/s    write slowly; port 9293 goes without saying
  sash send localhost --produce 5000/s           make messages; --on-full drop-oldest:256 forgets the oldest

Usage: sash send HOST:PORT [FILE|-]`,
    )
    .positional('to', { type: 'string', describe: 'where `sash recv` listens, as it prints it' })
    .positional('file', { type: 'string', describe: 'what to send; - is standard input' });
  const writing = declare(described, WRITING_FLAGS, 'How it writes:');
  return declareAll(writing, PRODUCING_FLAGS, 'What it makes, where it makes messages:');
}

function declareAll(parser: Argv, own: Parameters<typeof declare>[1], group: string): Argv {
  const withOwn = declare(parser, own, group);
  const withConnection = declare(withOwn, CONNECTION_FLAGS, 'The connection:');
  const withLink = declare(withConnection, LINK_FLAGS, 'The link, for what this end sends:');
  return declare(declare(withLink, LIVE_FLAGS, 'Live:'), COMMON_FLAGS, 'The command:');
}
