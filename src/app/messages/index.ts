// Messages over a connection: an end that produces them at its own rate, and one that processes them.
export { ClockEstimate } from './clock-estimate.ts';
export { type ConsumerOptions, DEFAULT_PREFETCH, MessageConsumer, type ProducerEnd } from './consumer.ts';
export { MessageProducer, type ProducerOptions } from './producer.ts';
export { RecordReader } from './reader.ts';
export {
  encode,
  HEAD,
  LAYOUTS,
  LEAST_MESSAGE_OCTETS,
  MOST_MESSAGE_OCTETS,
  PREFACE,
  readField,
  type RecordKind,
  sizeOf,
} from './records.ts';
export { decodeReport, encodeReport, type Report } from './report.ts';
export { formatProduction, MOST_MESSAGES_A_SECOND, parseProduction, Schedule } from './schedule.ts';
