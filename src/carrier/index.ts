// Carriers: what takes segments from one process to another, and the loop that drives a connection over it.
export { type Clock, processClock, realClock } from './clock.ts';
export { type CarrierOptions, dial, type Dialing, dialled, type DialOptions } from './dial.ts';
export { Driver, type DriverOptions } from './driver.ts';
export { type CarrierError, type CarrierFaultName, failureError, type NodeError } from './errors.ts';
export { listen, Listener, type ListenOptions } from './listener.ts';
export { MemoryCarrier, type MemoryOptions } from './memory.ts';
export {
  type CarrierAddress,
  type DialOwner,
  type DriverKeeper,
  type DriverOwner,
  type ListenerOwner,
} from './owner.ts';
export { record, type Recording, type RecordingOptions } from './recording.ts';
export { isWaitable, streamOver } from './streams.ts';
export { type Lateness, Shaper, type ShaperOptions } from './shaper.ts';
