// Why something happened, or did not.
export { explain, type Explanation, type Silenced } from './explain.ts';
export { explanationLines } from './lines.ts';
export { type Rule } from './packet-words.ts';
export { type Silence } from './silence-words.ts';
export { type Told } from './told.ts';
export { type EndView, type PacketView } from './view.ts';
export { type Asked, type Moment, Watcher } from './watcher.ts';
export { Watch } from './watch.ts';
