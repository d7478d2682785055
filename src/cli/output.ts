// Standard output, written at the pace of whoever reads it; who has seen enough (`… | head`) may close it, which is no error.

export class Output {
  isClosed = false;
  #texts: string[] = [];

  constructor() {
    process.stdout.on('error', () => {
      this.isClosed = true;
    });
  }

  /** One more line, which waits for `flush`. */
  line(text: string): void {
    this.#texts.push(`${text}\n`);
  }

  /** The same without an end of its own. */
  text(text: string): void {
    if (text !== '') this.#texts.push(text);
  }

  /** Writes what waits. Says whether anybody still reads. */
  async flush(): Promise<'go-on' | 'stop'> {
    if (this.#texts.length > 0) {
      const text = this.#texts.join('');
      this.#texts = [];
      await this.#write(text);
    }
    return this.isClosed ? 'stop' : 'go-on';
  }

  #write(text: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.isClosed) resolve();
      else process.stdout.write(text, () => resolve());
    });
  }
}
