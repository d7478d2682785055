// How wide text is, in DejaVu Sans, without a browser to ask: advances in hundredths of the type's size, measured once. Vega
// would guess the same width for an i and an m, and leave pictures half empty. Verdana, which stands in for it, is as wide.

/** From the space to the tilde. */
const NORMAL = advances(
  '32,40,46,84,64,95,78,27,39,39,50,84,32,36,32,34,64,64,64,64,64,64,64,64,64,64,34,34,84,84,84,53,100,68,69,70,77,63,58,77,75,29,29,66,56,86,75,79,60,79,69,63,61,73,68,99,69,61,69,39,34,39,84,50,50,61,63,55,63,62,35,63,63,28,28,58,28,97,63,61,63,63,41,52,39,63,59,82,59,59,52,64,34,64,84',
);
const BOLD = advances(
  '35,46,52,84,70,100,87,31,46,46,52,84,38,42,38,37,70,70,70,70,70,70,70,70,70,70,40,40,84,84,84,58,100,77,76,73,83,68,68,82,84,37,37,77,64,100,84,85,73,85,77,72,68,81,77,110,77,72,73,46,37,46,84,50,50,67,72,59,72,68,44,72,71,34,34,67,34,104,71,69,72,72,49,60,48,71,65,92,65,65,58,71,37,71,84',
);
const MIDDLE_DOT = 0xb7;
/** Of all other characters: as wide as an arrow. */
const OTHER = 84;

function advances(text: string): readonly number[] {
  return text.split(',').map(Number);
}

/** The width of one line of text, in the unit of `size`. */
export function textWidth(text: string, size: number, isBold = false): number {
  const table = isBold ? BOLD : NORMAL;
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    sum += code === MIDDLE_DOT ? 32 : (table[code - 32] ?? OTHER);
  }
  return (sum * size) / 100;
}
