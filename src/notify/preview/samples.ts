/** What a sample may be of. */
export const SAMPLES = ['failing', 'unclear', 'ended', 'incident', 'storm'] as const;
export type Sample = (typeof SAMPLES)[number];
