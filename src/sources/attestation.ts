import type { EvidenceItem } from '../api/criterion.ts';
import type { AttestationEvidence } from '../api/evidence-kinds.ts';
import { durationMs } from '../domain/duration.ts';
import { timeText } from '../domain/moment.ts';
import { printable } from '../domain/outcome.ts';
import type { Reading } from '../domain/sample.ts';

const WARN_MS = 7 * 86_400_000;

/**
 * What a person's statement, which stands in the criterion itself, says at `slot` (milliseconds): 1 from when it was attested until it
 * expires.
 */
export function attested(attestation: AttestationEvidence, slot: number): Reading {
  const stands = standing(attestation);
  if (stands === undefined) return expired('nobody has attested it yet');
  const { by, from, until } = stands;
  if (slot < from) return expired(`it is attested from ${timeText(from)} on only`);
  if (slot >= until) return expired(`what ${printable(by)} attested expired at ${timeText(until)}`);
  return { kind: 'Samples', samples: [{ labels: { by }, value: 1 }] };
}

/** Which statement of a criterion expires within a week, in a sentence without times that move; undefined when none does. */
export function expiringSoon(items: readonly EvidenceItem[], now: number): string | undefined {
  const sentences = items.flatMap(({ name, attestation }) => {
    const stands = attestation && standing(attestation);
    if (!stands || now < stands.until - WARN_MS || now >= stands.until) return [];
    return [`${name}: what ${printable(stands.by)} attested expires at ${timeText(stands.until)}`];
  });
  return sentences.length === 0 ? undefined : sentences.join('; ');
}

function standing({ by, at, validFor }: AttestationEvidence): { by: string; from: number; until: number } | undefined {
  if (by === undefined || at === undefined) return undefined;
  const from = Date.parse(at);
  return { by, from, until: from + durationMs(validFor) };
}

const expired = (message: string): Reading => ({ kind: 'Unavailable', reason: 'Expired', message });
