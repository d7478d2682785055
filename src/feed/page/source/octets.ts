// A file's octets in pieces, uncompressed where it is compressed by gzip, with a pause for the tab after each.

/** How far it was read, and what is wrong with the rest of a compressed file, in a browser's words. */
export interface Poured {
  damage: string | undefined;
}

/** Gives all of it to `take`, until that says that it has enough; `advance` is told of octets as the file has them. */
export async function pour(
  file: Blob,
  take: (octets: Uint8Array) => 'more' | 'enough',
  advance: (octets: number) => void,
): Promise<Poured> {
  const counted = file.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (piece, next) => {
        advance(piece.length);
        next.enqueue(piece);
      },
    }),
  );
  const isCompressed = await startsAsGzip(file);
  const stream = (isCompressed ? counted.pipeThrough(new DecompressionStream('gzip')) : counted).getReader();
  for (;;) {
    let piece;
    try {
      piece = await stream.read();
    } catch (error) {
      if (!isCompressed) throw error;
      return { damage: error instanceof Error ? error.message : String(error) };
    }
    if (piece.done || take(piece.value) === 'enough') return { damage: undefined };
    // A stream of a file that is in memory gives one piece after another without a pause for the tab.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

async function startsAsGzip(file: Blob): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first === 0x1f && second === 0x8b;
}
