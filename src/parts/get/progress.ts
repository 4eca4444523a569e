const EVERY_MS = 30_000;

/** Says a line every 30 seconds for as long as `work` takes, so that people see that it goes on. */
export async function withProgress<T>(say: (line: string) => void, line: () => string, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => say(line()), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
