import { criterion, type Draft, report, source } from '../../src/api/validate.fixtures.ts';
import { change, comment, finding, incident } from '../../src/api/validate-recorded.fixtures.ts';

import {
  type Act,
  type Answers,
  BY_RIGHTS,
  COMMENT,
  create,
  get,
  named,
  patch,
  remove,
  STATUS,
  WHO,
  type Who,
  YES,
} from './chart-acts.ts';
import { answerBy, FINDING_ACTS } from './chart-findings.ts';
import { CHART, openChart, valueFlags } from './chart-world.ts';
import type { Manifest } from './kube-api.ts';
import { namespace } from './manifests.ts';
import { eventually, openWorld, SYSTEM, type World } from './operator-world.ts';

// The admission policies and the roles for people, as the chart installs them on a real API server. Everything is asked for by a dry
// run, which passes through the same admission.

const FETCH_WITHIN_MS = 10 * 60_000;
const WITHIN_MS = 60_000;

let world: World;

beforeAll(async () => {
  world = await openWorld();
  const chart = await openChart(world.session);
  const { kubeconfigPath } = world.cluster;
  await chart.helm(['install', 'assay', CHART, '-n', SYSTEM, ...valueFlags({ crds: { install: false } })], kubeconfigPath);
  await world.api.apply(namespace('shop'), criterion() as unknown as Manifest, source() as unknown as Manifest);
  await world.kubectl('create', 'clusterrole', 'everything', '--verb=*', '--resource=*.assay.dev');
  await world.kubectl('create', 'clusterrolebinding', 'everything', '--clusterrole=everything', '--user=paula');
  // In a cluster with controllers the roles edit and view hold these rules.
  for (const [user, role] of [
    ['edgar', 'assay-edit'],
    ['edgar', 'assay-view'],
    ['vera', 'assay-view'],
    ['aude', 'assay-authority'],
  ] as const) {
    await world.kubectl('create', 'rolebinding', `${user}-${role}`, '-n', 'shop', `--clusterrole=${role}`, `--user=${user}`);
  }
  await eventually(async () => {
    const { ok, said } = await does('the operator', create(liveReport), { really: true });
    expect(ok ? YES : said).toBe(YES);
  }, WITHIN_MS);
  await world.api.apply(ownReport as unknown as Manifest);
  const word = create(named('word', attestedBy('paula')));
  expect(await does('somebody who may do everything with these kinds', word, { really: true })).toMatchObject({ ok: true });
  const standing = create(named('standing', incident({ ...SAID_BY_PAULA, ...RESOLVED_BY_PAULA })));
  expect(await does('somebody who may do everything with these kinds', standing, { really: true })).toMatchObject({ ok: true });
  const going = create(named('going', incident(SAID_BY_PAULA)));
  expect(await does('somebody who may do everything with these kinds', going, { really: true })).toMatchObject({ ok: true });
  for (const object of [named('wanted', change({ requestedBy: 'paula' })), named('said', comment({ author: 'paula' }))])
    expect(await does('somebody who may do everything with these kinds', create(object), { really: true })).toMatchObject({
      ok: true,
    });
  const closed = finding({ raisedBy: 'paula', answers: [answerBy('paula')], closure: { author: 'paula', text: 'Read.' } });
  for (const object of [named('raised', finding({ raisedBy: 'paula', answers: [answerBy('paula')] })), named('closed', closed)])
    expect(await does('somebody who may do everything with these kinds', create(object), { really: true })).toMatchObject({
      ok: true,
    });
  // Rights and policies come into force a moment after they were written.
  await eventually(async () => {
    for (const act of [create(named('other', liveReport)), patch('crit/shop-availability', PASS, 'status')]) {
      expect((await does('the admin of the cluster', act)).ok).toBe(false);
    }
    expect((await does('an editor', create(incident({ reporter: 'paula' })))).ok).toBe(false);
    expect((await does('an editor', create(change({ requestedBy: 'paula' })))).ok).toBe(false);
    expect((await does('an editor', create(comment({ author: 'paula' })))).ok).toBe(false);
    expect((await does('the authority', create(finding({ raisedBy: 'paula' })))).ok).toBe(false);
    expect((await does('the authority', create(finding({ raisedBy: 'aude' })))).ok).toBe(true);
    expect((await does('an editor', patch('crit/shop-availability', { spec: { severity: 'low' } }))).ok).toBe(true);
    expect((await does('a viewer', get('crit/shop-availability'))).ok).toBe(true);
  }, WITHIN_MS);
}, FETCH_WITHIN_MS);

afterAll(() => world.close(), WITHIN_MS);

const owner = { apiVersion: 'assay.dev/v1alpha1', kind: 'CertificationCriterion', name: 'shop-availability', uid: 'a-uid' };
const liveReport: Draft = {
  ...report({ period: { type: 'Live' } }),
  metadata: { name: 'shop-availability', namespace: 'shop', labels: { 'assay.dev/service': 'shop' }, ownerReferences: [owner] },
};
const ownReport: Draft = { ...report({ period: { type: 'Last', last: '24h' } }), metadata: { name: 'day', namespace: 'shop' } };
const PASS = { status: { verdict: 'Pass' } };
const REACHABLE = {
  status: {
    conditions: [
      { type: 'Reachable', status: 'True', reason: 'Answers', message: '', lastTransitionTime: '2026-11-22T10:00:00Z' },
    ],
  },
};

async function does(
  who: Who,
  { args, input }: Act,
  { really = false } = {},
): Promise<{ readonly ok: boolean; readonly said: string }> {
  const dry = really || args[0] === 'get' ? [] : ['--dry-run=server'];
  return world.tryKubectl(input ? JSON.stringify(input) : '', ...WHO[who], ...args, ...dry);
}

const LIVE = 'evr/shop-availability';
const LIVES = /ValidatingAdmissionPolicy 'assay-live-reports' .*: a live report is made and changed by Assay's operator alone/;
const ATTESTED =
  /ValidatingAdmissionPolicy 'assay-attestations' .*: an attestation is made by the person whom its field by names/;
const SAID = /ValidatingAdmissionPolicy 'assay-incidents' .*: [^:]* by who writes it; write your own user name into/;
const CHANGE =
  /ValidatingAdmissionPolicy 'assay-changes' .*: [^:]* by who writes it; write your own user name into (?:requestedBy|approvedBy|by)/;
const RESOLUTION = { cause: 'A full disk.', measures: 'Files were removed.', prevention: 'The disk is watched.' };
const updateBy = (author: string, id = 1): object => ({ id, author, audience: 'customers', text: 'We are working on it.' });
const SAID_BY_PAULA = { reporter: 'paula', updates: [updateBy('paula')] };
const resolvedBy = (resolver: string): object => ({ state: 'Resolved', resolution: RESOLUTION, resolver });
const RESOLVED_BY_PAULA = { ...resolvedBy('paula'), acknowledgements: [{ audience: 'authority', by: 'paula' }] };
const dismissedBy = (author: string): object => ({ state: 'Dismissed', dismissal: { author, reason: 'A drill.' } });
/** What only the person may say whose name it carries: the one who wrote it, and the operator for somebody whom it knows. */
const onlyBy = (says: (user: string) => Act, refused = SAID): { readonly act: Act; readonly want: Answers } => ({
  act: says('edgar'),
  want: {
    'an editor': YES,
    'somebody who may do everything with these kinds': refused,
    'the admin of the cluster': refused,
    'a service account of this name elsewhere': refused,
    'the operator, if it had every right': YES,
    'a viewer': BY_RIGHTS,
  },
});
/** A criterion that rests on somebody's word. */
const attestedBy = (by: string, more: object = {}): Draft =>
  criterion({
    evidence: [{ name: 'up', attestation: { ...ATTESTATION, by } }],
    ...more,
  });
const ATTESTATION = { statement: 'The emergency exits are free.', at: '2026-11-22T10:00:00Z', validFor: '30d' };
const otherOwner = { metadata: { ownerReferences: [{ ...owner, name: 'another', uid: 'another-uid' }] } };

describe.each(
  Object.entries({
    'writes the status of a criterion': {
      act: patch('crit/shop-availability', PASS, 'status'),
      want: {
        'the operator, if it had every right': YES,
        'a service account of this name elsewhere': STATUS,
        'the admin of the cluster': STATUS,
        'somebody who may do everything with these kinds': STATUS,
        'an editor': BY_RIGHTS,
        'a viewer': BY_RIGHTS,
      },
    },
    'writes the status of a report of their own': {
      act: patch('evr/day', PASS, 'status'),
      want: {
        'the operator, if it had every right': YES,
        'somebody who may do everything with these kinds': STATUS,
        'an editor': BY_RIGHTS,
      },
    },
    'writes the status of a source': {
      act: patch('evsrc/prometheus', REACHABLE, 'status'),
      want: {
        'the operator, if it had every right': YES,
        'the admin of the cluster': STATUS,
        'somebody who may do everything with these kinds': STATUS,
      },
    },
    'makes a live report': {
      act: create(named('another', liveReport)),
      want: {
        'the admin of the cluster': LIVES,
        'somebody who may do everything with these kinds': LIVES,
        'an editor': LIVES,
        'a viewer': BY_RIGHTS,
      },
    },
    'gives a live report another label': {
      act: patch(LIVE, { metadata: { labels: { 'assay.dev/service': 'another' } } }),
      want: { 'the operator': YES, 'an editor': LIVES, 'the garbage collector': LIVES },
    },
    'gives a live report an annotation': {
      act: patch(LIVE, { metadata: { annotations: { note: 'looks fine' } } }),
      want: { 'an editor': LIVES, 'the admin of the cluster': LIVES },
    },
    'gives a live report another owner': { act: patch(LIVE, otherOwner), want: { 'an editor': LIVES } },
    'takes a live report from its owner': {
      act: patch(LIVE, { metadata: { ownerReferences: null } }),
      want: {
        'an editor': LIVES,
        'the garbage collector': YES,
        'the garbage collector of a cluster where all controllers are one user': YES,
      },
    },
    'keeps a live report from going': {
      act: patch(LIVE, { metadata: { finalizers: ['example.org/keep'] } }),
      want: { 'an editor': LIVES },
    },
    'writes a live report anew as it is': {
      act: patch(LIVE, {}),
      want: { 'the admin of the cluster': YES, 'an editor': YES, 'a viewer': BY_RIGHTS },
    },
    'deletes a live report': { act: remove(LIVE), want: { 'the operator': YES, 'an editor': YES, 'a viewer': BY_RIGHTS } },
    'asks for a report of a day': {
      act: create(named('another-day', ownReport)),
      want: { 'an editor': YES, 'somebody who may do everything with these kinds': YES, 'a viewer': BY_RIGHTS },
    },
    'labels a report of their own': {
      act: patch('evr/day', { metadata: { labels: { team: 'audit' } } }),
      want: { 'an editor': YES },
    },
    'changes a criterion': {
      act: patch('crit/shop-availability', { spec: { severity: 'low' } }),
      want: { 'an editor': YES, 'a viewer': BY_RIGHTS, 'the operator': BY_RIGHTS },
    },
    'attests with their own name': {
      act: create(named('attested', attestedBy('edgar'))),
      want: {
        'an editor': YES,
        'somebody who may do everything with these kinds': ATTESTED,
        'the admin of the cluster': ATTESTED,
      },
    },
    'says that nobody has attested yet': {
      act: create(
        named('attested', criterion({ evidence: [{ name: 'up', attestation: { statement: 'It is so.', validFor: '30d' } }] })),
      ),
      want: { 'an editor': YES },
    },
    "changes a criterion that rests on somebody else's word": {
      act: patch('crit/word', { spec: { severity: 'low' } }),
      want: { 'an editor': YES },
    },
    "dates somebody else's word anew": {
      act: patch('crit/word', {
        spec: { evidence: [{ name: 'up', attestation: { ...ATTESTATION, by: 'paula', at: '2026-11-23T10:00:00Z' } }] },
      }),
      want: { 'an editor': ATTESTED, 'somebody who may do everything with these kinds': YES },
    },
    'opens an incident in the name of nobody': { act: create(incident()), want: { 'an editor': YES, 'a viewer': BY_RIGHTS } },
    'reports an incident': onlyBy((user) => create(incident({ reporter: user }))),
    'opens an incident with a word': onlyBy((user) => create(incident({ updates: [updateBy(user)] }))),
    'says something of an incident': onlyBy((user) =>
      patch('inc/going', { spec: { updates: [updateBy('paula'), updateBy(user, 2)] } }),
    ),
    'resolves an incident': onlyBy((user) => patch('inc/going', { spec: resolvedBy(user) })),
    'dismisses an incident': onlyBy((user) => patch('inc/going', { spec: dismissedBy(user) })),
    'acknowledges a resolution': onlyBy((user) =>
      patch('inc/standing', {
        spec: { acknowledgements: [...RESOLVED_BY_PAULA.acknowledgements, { audience: 'authority', by: user }] },
      }),
    ),
    'classifies an incident in which somebody else said something': {
      act: patch('inc/standing', { spec: { category: 'Availability' } }),
      want: { 'an editor': YES, 'the admin of the cluster': YES, 'a viewer': BY_RIGHTS },
    },
    'acknowledges for another audience in the name of somebody who did for one': {
      act: patch('inc/standing', { spec: { acknowledgements: [{ audience: 'customers', by: 'paula' }] } }),
      want: { 'an editor': SAID, 'somebody who may do everything with these kinds': YES },
    },
    'opens an incident again': {
      act: patch('inc/standing', { spec: { state: 'Open', resolution: null, resolver: null, acknowledgements: null } }),
      want: { 'an editor': YES },
    },
    'changes what somebody else said of an incident': {
      act: patch('inc/going', { spec: { updates: [{ ...updateBy('paula'), text: 'All is well.' }] } }),
      want: { 'an editor': /what was said stands/, 'the operator, if it had every right': /what was said stands/ },
    },
    'writes the status of an incident': {
      act: patch('inc/going', { status: { state: 'Resolved' } }, 'status'),
      want: {
        'the operator, if it had every right': YES,
        'somebody who may do everything with these kinds': STATUS,
        'the admin of the cluster': STATUS,
        'an editor': BY_RIGHTS,
      },
    },
    'deletes an incident': {
      act: remove('inc/going'),
      want: { 'an editor': YES, 'a viewer': BY_RIGHTS, 'the operator': BY_RIGHTS },
    },
    'asks for a change': onlyBy((user) => create(change({ requestedBy: user })), CHANGE),
    'approves a change': onlyBy((user) => patch('chg/wanted', { spec: { approvedBy: user } }), CHANGE),
    'says what came of a change': onlyBy(
      (user) => patch('chg/wanted', { spec: { outcome: { success: true, by: user } } }),
      CHANGE,
    ),
    'approves a change that they ask for': {
      act: patch('chg/wanted', { spec: { approvedBy: 'paula' } }),
      want: { 'somebody who may do everything with these kinds': /approved by another person than the one who asks for it/ },
    },
    'asks for a change that is approved already': {
      act: create(change({ requestedBy: 'edgar', approvedBy: 'paula' })),
      want: { 'an editor': CHANGE },
    },
    'describes a change that somebody else asks for': {
      act: patch('chg/wanted', { spec: { description: 'Another disk.' } }),
      want: { 'an editor': YES, 'a viewer': BY_RIGHTS, 'the operator': BY_RIGHTS },
    },
    'writes the status of a change': {
      act: patch('chg/wanted', { status: { phase: 'Approved' } }, 'status'),
      want: { 'the operator, if it had every right': YES, 'the admin of the cluster': STATUS, 'an editor': BY_RIGHTS },
    },
    'deletes a change': {
      act: remove('chg/wanted'),
      want: { 'an editor': YES, 'a viewer': BY_RIGHTS, 'the operator': BY_RIGHTS },
    },
    'looks at a change': { act: get('chg/wanted'), want: { 'a viewer': YES, 'an editor': YES } },
    comments: onlyBy((user) => create(comment({ author: user })), COMMENT),
    "labels somebody else's comment": {
      act: patch('cmt/said', { metadata: { labels: { seen: 'yes' } } }),
      want: { 'an editor': YES, 'a viewer': BY_RIGHTS },
    },
    "takes somebody else's comment for their own": {
      act: patch('cmt/said', { spec: { author: 'edgar' } }),
      want: { 'an editor': /what was said stands/, 'the operator, if it had every right': /what was said stands/ },
    },
    'looks at a comment': { act: get('cmt/said'), want: { 'a viewer': YES, 'an editor': YES } },
    ...FINDING_ACTS,
    'looks at an incident': { act: get('inc/going'), want: { 'a viewer': YES, 'an editor': YES } },
    'adds a source': {
      act: create(named('another', source())),
      want: { 'the admin of the cluster': YES, 'an editor': BY_RIGHTS, 'the operator': BY_RIGHTS },
    },
    'looks at a criterion': { act: get('crit/shop-availability'), want: { 'a viewer': YES, 'an editor': YES } },
    'looks at a live report': { act: get(LIVE), want: { 'a viewer': YES } },
    'reads a Secret elsewhere': {
      act: { args: ['get', 'secrets', '-n', 'shop'] },
      want: { 'the operator': BY_RIGHTS, 'an editor': BY_RIGHTS },
    },
    "takes another's lease": {
      act: create({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'assay', namespace: 'shop' },
        spec: {},
      }),
      want: { 'the operator': BY_RIGHTS },
    },
  } satisfies Record<string, { act: Act; want: Answers }>),
)('%s', (_sentence, { act, want }) => {
  test.each(Object.entries(want) as [Who, typeof YES | RegExp][])(
    '%s',
    async (who, answer) => {
      const { ok, said } = await does(who, act);
      expect(ok ? YES : said).toMatch(answer);
    },
    WITHIN_MS,
  );
});
