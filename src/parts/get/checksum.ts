const SHA256 = /^[0-9a-f]{64}$/i;

/**
 * The SHA-256 of a file in a text of checksums: either the text is one hash and nothing else, or a line holds the hash
 * and the file's name (after a `*` where it was read as binary). Undefined when the text names no such file.
 */
export function checksumOf(file: string, text: string): string | undefined {
  const whole = text.trim();
  if (SHA256.test(whole)) return whole.toLowerCase();
  const lines = whole.split('\n').map((line) => line.trim().split(/\s+\*?/));
  const hash = lines.find(([, name]) => name === file)?.[0] ?? '';
  return SHA256.test(hash) ? hash.toLowerCase() : undefined;
}
