import type { Verdict } from '../../api/criterion.ts';
import type { CriterionStanding } from '../../domain/standing.ts';
import type { Facts } from '../facts.ts';
import type { Language } from '../intent.ts';
import { knowledgeOf } from '../knowledge.ts';
import { answerFailing } from './standing.ts';
import { timesIn } from './times.ts';

/* What is not known is never called broken. */

const standing = (name: string, verdict: Verdict): CriterionStanding => ({
  ...{ name, verdict, since: 0, reason: 'EmptyResult', counts: true, deviations: [] },
  spec: {
    ...{ title: name, service: name, controls: [], interval: '1m', evidence: [] },
    rule: { threshold: { evidence: 'up', op: '==', value: 1 } },
  } as unknown as CriterionStanding['spec'],
});

/** Each verdict is that of a service of its own. */
async function titleFor(audience: string, verdicts: readonly Verdict[], language: Language = 'en'): Promise<string> {
  const services = verdicts.map((verdict, at) => ({ place: { namespace: 'web', service: `s${at}` }, verdict }));
  const facts: Facts = {
    criteria: ({ service }) =>
      Promise.resolve(services.filter(({ place }) => place.service === service).map(({ verdict }) => standing(service, verdict))),
    period: () => Promise.reject(new Error('nobody asks')),
    incidents: () => Promise.resolve(new Map()),
    changes: () => Promise.resolve(new Map()),
    storiesOfMessage: () => Promise.resolve([]),
  };
  const knowledge = await knowledgeOf(
    facts,
    audience,
    services.map(({ place }) => place),
  );
  const reply = await answerFailing({ facts, knowledge, audience, language, times: timesIn('UTC', language), now: 0 }, undefined);
  return reply.card.title;
}

test.each([
  [['Fail', 'Pass'], 'One criterion does not hold', 'Ein Kriterium ist nicht erfüllt'],
  [
    ['Suspended', 'Pass'],
    'Of one criterion nobody knows whether it holds',
    'Von einem Kriterium weiß niemand, ob es erfüllt ist',
  ],
  [
    ['Inconclusive', 'Suspended'],
    'Of 2 criteria nobody knows whether they hold',
    'Von 2 Kriterien weiß niemand, ob sie erfüllt sind',
  ],
  [
    ['Fail', 'Fail', 'Inconclusive'],
    '2 criteria do not hold, of 1 more nobody knows it',
    '2 Kriterien sind nicht erfüllt, von 1 weiteren weiß es niemand',
  ],
  [['Pass'], 'Everything that is judged holds', 'Alles, was geprüft wird, ist erfüllt'],
] as const)('the team reads of %j: %s', async (verdicts, english, german) => {
  expect(await titleFor('internal', verdicts)).toBe(english);
  expect(await titleFor('internal', verdicts, 'de')).toBe(german);
});

test.each([
  [['Inconclusive', 'Suspended'], 'No service is known to be unavailable'],
  [['Fail', 'Suspended', 'Pass'], '1 of 3 services is unavailable'],
  [['Fail', 'Fail'], '2 of 2 services are unavailable'],
] as const)('customers read of %j: %s', async (verdicts, wanted) => {
  expect(await titleFor('customers', verdicts)).toBe(wanted);
});
