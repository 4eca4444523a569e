import type { Tone } from './notifier.ts';

/** How a tone is shown at the beginning of a title: told apart by shape, not by colour alone. */
export const MARKS: Readonly<Record<Tone, string>> = { Failing: '🔴', Unclear: '❔', Ended: '✅', Notice: 'ℹ️' };
