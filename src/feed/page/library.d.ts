// The scenarios that come along, put into the bundle by src/build/page.js.
declare module 'sash:scenarios' {
  /** The text of each, by its name. */
  export const SCENARIOS: Readonly<Record<string, string>>;
}

declare module '*.css';
