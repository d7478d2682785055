// The eleven states of RFC 9293 §3.3.2 and the arrows of its figure 5, with those of §3.10 that the figure leaves out.

export type State =
  | 'CLOSED'
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'ESTABLISHED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT';

/** Every state, in the order of RFC 9293 §3.3.2; a state's place here is its number in recordings. */
export const STATES: readonly State[] = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];

/** Where each state may lead. Every state may also lead to CLOSED: abort, reset, timeout. */
export const ARROWS: Readonly<Record<State, readonly State[]>> = {
  CLOSED: ['LISTEN', 'SYN-SENT'],
  LISTEN: ['SYN-SENT', 'SYN-RECEIVED'],
  'SYN-SENT': ['SYN-RECEIVED', 'ESTABLISHED'],
  // A passive open that is reset does not go back to LISTEN: its listener never left it (src/stack).
  'SYN-RECEIVED': ['ESTABLISHED'],
  ESTABLISHED: ['FIN-WAIT-1', 'CLOSE-WAIT'],
  'FIN-WAIT-1': ['FIN-WAIT-2', 'CLOSING', 'TIME-WAIT'],
  'FIN-WAIT-2': ['TIME-WAIT'],
  'CLOSE-WAIT': ['LAST-ACK'],
  CLOSING: ['TIME-WAIT'],
  'LAST-ACK': [],
  'TIME-WAIT': [],
};

/** Both sides have agreed on sequence numbers (RFC 9293 §3.5.2's third group). */
export function isSynchronized(state: State): boolean {
  return state !== 'CLOSED' && state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
}

/** Text may still arrive and be taken. */
export function mayReceiveText(state: State): boolean {
  return state === 'ESTABLISHED' || state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2';
}

/** The application may still add to what is sent. */
export function mayWrite(state: State): boolean {
  return (
    state === 'ESTABLISHED' ||
    state === 'CLOSE-WAIT' ||
    state === 'LISTEN' ||
    state === 'SYN-SENT' ||
    state === 'SYN-RECEIVED'
  );
}
