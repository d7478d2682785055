// The live feed: what runs is told over WebSocket to whoever looks, and nobody who looks changes what runs.
export {
  type Admission,
  admit,
  type Gate,
  isLoopbackName,
  type Knock,
  makeToken,
  TOKEN_PROTOCOL,
  TOKEN_SHAPE,
} from './admission.ts';
export { Controls, type RunControls } from './controls.ts';
export { Feed, type FeedOptions, type FollowedLink, LIMITS } from './feed.ts';
export { type ApplicationControls, Follower, type FollowOptions } from './follower.ts';
export { Observer, type ObserverSink } from './observer.ts';
export { FeedServer, type FeedServerOptions, MOST_OBSERVERS, serveFeed } from './server.ts';
export { PAGE_FOLDER } from './site.ts';
