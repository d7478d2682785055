// Netty: what waits in a channel's outbound buffer is counted, with what each message costs besides its octets; beyond a mark
// the channel is not writable, which is advice.
import { WatermarkGate } from '../gates.ts';
import { hop } from '../hop.ts';
import { type Entry } from '../model.ts';
import { Acknowledging } from '../rules.ts';

/** WriteBufferWaterMark's defaults, and CHANNEL_OUTBOUND_BUFFER_ENTRY_OVERHEAD. */
export const NETTY = { low: 32 * 1_024, high: 64 * 1_024, overhead: 96 } as const;

/** Unwritable above the high mark, writable below the low one: both strictly. */
export function nettyGate(): WatermarkGate {
  return new WatermarkGate({ shutsFrom: NETTY.high + 1, opensFrom: NETTY.low - 1 });
}

export function nettyCost(octets: number): number {
  return octets + NETTY.overhead;
}

const SHARED = {
  signal: 'isWritable(), channelWritabilityChanged',
  unit: 'octets',
  grants: 'gate',
  sources: [
    { where: 'netty 4.1.48, and 4.2 0bb88a3e06 WriteBufferWaterMark.java:38-39', how: 'executed' },
    { where: 'netty 0bb88a3e06 ChannelOutboundBuffer.java:62,176-208', how: 'derived' },
  ],
} as const;

export const NETTY_ENTRIES: readonly Entry[] = [
  {
    ...SHARED,
    id: 'netty',
    name: 'Netty channel',
    family: 'runtime',
    window: NETTY.high,
    refill: 1 / 2,
    whenFull: 'advice: a producer that obeys waits until it is writable',
    mechanism:
      'Pending octets, and 96 for each message, are counted. Above the high mark the channel becomes unwritable, below the low one writable again. Inbound, autoRead=false leaves the socket unread, and TCP does the rest.',
    numbers: ['low 32 KiB, high 64 KiB', '96 octets a message', 'writeSpinCount 16', 'HTTP/2 windowUpdateRatio 0.5'],
    leavesOut:
      'flushing in spins, autoRead and FlowControlHandler. Octets count as flushed when the consumer has taken them.',
    hops: () => [
      hop('octets', {
        cost: nettyCost,
        frame: Infinity,
        enforcement: 'advisory',
        gate: nettyGate,
        rule: () => new Acknowledging('taken'),
      }),
    ],
  },
  {
    ...SHARED,
    id: 'netty-ignored',
    name: 'Netty channel, written to while unwritable',
    family: 'contrast',
    window: null,
    refill: null,
    whenFull: 'keeps queueing: direct memory is the limit',
    mechanism: 'The same marks, and nobody asks isWritable().',
    numbers: ['low 32 KiB, high 64 KiB, not obeyed'],
    leavesOut: 'as `netty`.',
    hops: () => [
      hop('octets', {
        cost: nettyCost,
        frame: Infinity,
        enforcement: 'ignored',
        gate: nettyGate,
        rule: () => new Acknowledging('taken'),
      }),
    ],
  },
];
