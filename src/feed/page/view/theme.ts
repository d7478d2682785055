// Colours for what is drawn on canvases: the page's own, as the style sheet has them for light and for dark.

export interface Theme {
  text: string;
  muted: string;
  line: string;
  panel: string;
  sender: string;
  receiver: string;
  edge: string;
  cwnd: string;
  zero: string;
  warn: string;
  good: string;
  acked: string;
  grid: string;
  cursor: string;
  font: string;
  reasons: Readonly<Record<string, string>>;
}

let cached: Theme | undefined;
let version = 0;

/** Changes with the theme: what is drawn in another must be drawn again. */
export function themeVersion(): number {
  return version;
}

/** The style sheet's variables; read anew when the theme changes. */
export function theme(): Theme {
  if (cached !== undefined) return cached;
  const style = getComputedStyle(document.documentElement);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  cached = {
    text: of('text'),
    muted: of('muted'),
    line: of('line'),
    panel: of('panel'),
    sender: of('sender'),
    receiver: of('receiver'),
    edge: of('edge'),
    cwnd: of('cwnd'),
    zero: of('zero'),
    warn: of('warn'),
    good: of('good'),
    acked: of('acked'),
    grid: of('grid'),
    cursor: of('cursor'),
    font: '11px system-ui, sans-serif',
    reasons: {
      handshake: of('idle'),
      closing: of('idle'),
      recorder: of('own'),
      carrier: of('net'),
      sending: of('good'),
      'send-buffer': of('own'),
      'nothing-queued': of('app'),
      'zero-window': of('zero'),
      recovery: of('net'),
      nagle: of('own'),
      'window-full': of('full'),
      'silly-window': of('silly'),
      congestion: of('net'),
      policy: of('own'),
      unknown: of('unknown'),
    },
  };
  return cached;
}

export type ThemeChoice = 'system' | 'light' | 'dark';

/** What the browser, or the system, prefers. */
export const prefersDark = matchMedia('(prefers-color-scheme: dark)');

export function chooseTheme(choice: ThemeChoice): void {
  const system = prefersDark.matches ? 'dark' : 'light';
  document.documentElement.dataset['theme'] = choice === 'system' ? system : choice;
  cached = undefined;
  version++;
}
