// Every system of the gallery, and the rules that its traces are checked against.
import { type Entry } from '../model.ts';
import { FLINK_ENTRIES } from './flink.ts';
import { KAFKA } from './kafka.ts';
import { MULTIPLEXED } from './multiplexed.ts';
import { NETTY_ENTRIES } from './netty.ts';
import { NODE } from './node.ts';
import { QUEUES } from './queues.ts';
import { QUIC } from './quic.ts';
import { RABBITMQ } from './rabbitmq.ts';
import { REACTIVE } from './reactive.ts';
import { SCALING } from './scaling.ts';
import { TCP } from './tcp.ts';
import { THROTTLES } from './throttles.ts';

export * from './flink.ts';
export * from './kafka.ts';
export * from './multiplexed.ts';
export * from './netty.ts';
export * from './node.ts';
export * from './operators.ts';
export * from './queues.ts';
export * from './quic.ts';
export * from './rabbitmq.ts';
export * from './reactive.ts';
export * from './scaling.ts';
export * from './tcp.ts';
export * from './throttles.ts';

export const ENTRIES: readonly Entry[] = [
  ...TCP,
  ...QUIC,
  ...MULTIPLEXED,
  ...NODE,
  ...NETTY_ENTRIES,
  ...REACTIVE,
  ...RABBITMQ,
  ...QUEUES,
  ...KAFKA,
  ...FLINK_ENTRIES,
  ...THROTTLES,
  ...SCALING,
];
