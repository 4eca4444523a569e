/**
 * A text in which no reader of mails, alerts or cards finds an address to make a link of, written as those do who pass on hostile
 * addresses: `https[:]//example.org`. Names of hosts alone stay as they are, for they are what people copy.
 */
export function unlinked(text: string): string {
  return text.replace(/:(?=\/\/)/g, '[:]').replace(/\b(mailto|tel|javascript|data|www)([:.])/gi, '$1[$2]');
}
