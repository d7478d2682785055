// sash/sim, the gallery: the flow control of systems that people use, beside TCP's.
export * from './model.ts';
export * from './gates.ts';
export * from './rules.ts';
export * from './store.ts';
export { batched, hop } from './hop.ts';
export * from './systems/index.ts';
