// Two hosts' captures on one clock.
export { align, type AlignedConversation, type AlignFault, type Alignment, type Way } from './align.ts';
export { alignClocks, type ClockFault, type ClockPiece, type Exchange, hereTime } from './clocks.ts';
export { type Both, type Pairs } from './match.ts';
export { MOST_SEGMENTS, Sighter, Sightings } from './sightings.ts';
export { type SecondClock, secondClock } from './second-clock.ts';
