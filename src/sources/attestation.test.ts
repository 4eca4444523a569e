import type { AttestationEvidence } from '../api/evidence-kinds.ts';
import { attested, expiringSoon } from './attestation.ts';

const AT = Date.parse('2026-11-01T00:00:00Z');
const DAY = 86_400_000;
const word: AttestationEvidence = {
  statement: 'The emergency exits are free.',
  by: 'jane@example.org',
  at: '2026-11-01T00:00:00Z',
  validFor: '30d',
};
const { by: _by, at: _at, ...unsaid } = word;

test.each(
  Object.entries({
    'it stands from the moment it was made': { given: word, slot: AT, want: '1 by jane@example.org' },
    'and until it expires': { given: word, slot: AT + 30 * DAY - 1, want: '1 by jane@example.org' },
    'then it is Expired, and says whose it was': {
      given: word,
      slot: AT + 30 * DAY,
      want: 'Expired: what jane@example.org attested expired at 2026-12-01T00:00:00Z',
    },
    'before it was made it says nothing': {
      given: word,
      slot: AT - 1,
      want: 'Expired: it is attested from 2026-11-01T00:00:00Z on only',
    },
    'what nobody has said is not known': { given: unsaid, slot: AT, want: 'Expired: nobody has attested it yet' },
    'a name can not smuggle control characters into a message': {
      given: { ...word, by: 'jane\n\u202eexample' },
      slot: AT + 31 * DAY,
      want: 'Expired: what jane??example attested expired at 2026-12-01T00:00:00Z',
    },
  } satisfies Record<string, { given: AttestationEvidence; slot: number; want: string }>),
)('%s', (_sentence, { given, slot, want }) => {
  const reading = attested(given, slot);
  const said =
    reading.kind === 'Samples'
      ? reading.samples.map(({ labels, value }) => `${value} by ${labels['by'] ?? ''}`).join()
      : `${reading.reason}: ${reading.message}`;
  expect(said).toBe(want);
});

test.each(
  Object.entries({
    'more than a week before it is calm': { now: AT + 23 * DAY - 1, want: undefined },
    'a week before it is said': {
      now: AT + 23 * DAY,
      want: 'exits: what jane@example.org attested expires at 2026-12-01T00:00:00Z',
    },
    'afterwards the outcome says it': { now: AT + 30 * DAY, want: undefined },
  }),
)('%s', (_sentence, { now, want }) => {
  expect(expiringSoon([{ name: 'exits', attestation: word }], now)).toBe(want);
});
