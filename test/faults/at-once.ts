/** Does something for each of many, so many at a time; answers in their order. */
export async function atOnce<T, R>(all: readonly T[], width: number, work: (one: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) results[index] = await work(all[index]!, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
