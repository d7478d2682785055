// The stack: many connections behind one address.
export { type Association } from './association.ts';
export { Deadlines, type Timed } from './deadlines.ts';
export {
  Endpoint,
  type EndpointError,
  type EndpointOptions,
  type ListenerOptions,
  type PortListener,
} from './endpoint.ts';
export { type Flow, hashFlow, initialSequenceNumber, type Secret, sipHash } from './isn.ts';
export { EphemeralPorts, FIRST_EPHEMERAL, LAST_EPHEMERAL } from './ports.ts';
