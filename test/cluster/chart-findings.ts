import { comment, finding } from '../../src/api/validate-recorded.fixtures.ts';

import { type Act, type Answers, BY_RIGHTS, COMMENT, create, get, patch, remove, STATUS, YES } from './chart-acts.ts';

// What the policy of findings lets the authority say, and what others.

const FOUND = /ValidatingAdmissionPolicy 'assay-findings' .*: [^:]* by who writes it; write your own user name into/;
const AUTHORITY =
  /ValidatingAdmissionPolicy 'assay-findings' .*: findings are raised, changed, closed and opened again by the authority/;
export const answerBy = (author: string, id = 1): object => ({ id, author, text: 'There is one now.' });
const reopenedBy = (author: string): object => ({ closure: null, reopenings: [{ id: 1, author, reason: 'It is gone again.' }] });
/** What only the authority may say, in its own name. */
const onlyByAuthority = (says: (user: string) => Act): { readonly act: Act; readonly want: Answers } => ({
  act: says('aude'),
  want: {
    'the authority': YES,
    'an editor': new RegExp(`${AUTHORITY.source}|${BY_RIGHTS.source}`),
    'somebody who may do everything with these kinds': FOUND,
    'the admin of the cluster': FOUND,
    'a viewer': BY_RIGHTS,
    'the operator': BY_RIGHTS,
  },
});

/** What somebody does with findings, and how that is answered. `find/raised` and `find/closed` are there, and by paula. */
export const FINDING_ACTS: Readonly<Record<string, { readonly act: Act; readonly want: Answers }>> = {
  'raises a finding': onlyByAuthority((user) => create(finding({ raisedBy: user }))),
  'raises a finding in the name of the authority': {
    act: create(finding({ raisedBy: 'paula' })),
    want: { 'the authority': FOUND, 'somebody who may do everything with these kinds': YES },
  },
  'closes a finding': onlyByAuthority((user) => patch('find/raised', { spec: { closure: { author: user, text: 'Read.' } } })),
  'opens a finding again': onlyByAuthority((user) => patch('find/closed', { spec: reopenedBy(user) })),
  'gives a finding more time': {
    act: patch('find/raised', { spec: { due: '2027-12-12T00:00:00Z' } }),
    want: {
      ...{ 'the authority': YES, 'the admin of the cluster': YES, 'an editor': AUTHORITY, 'a viewer': BY_RIGHTS },
      'the operator, if it had every right': YES,
    },
  },
  'answers a finding': {
    act: patch('find/raised', { spec: { answers: [answerBy('paula'), answerBy('edgar', 2)] } }),
    want: {
      ...{ 'an editor': YES, 'the authority': FOUND, 'the admin of the cluster': FOUND, 'a viewer': BY_RIGHTS },
      ...{ 'the operator, if it had every right': YES, 'the operator': BY_RIGHTS },
    },
  },
  'answers a finding and closes it': {
    act: patch('find/raised', {
      spec: { answers: [answerBy('paula'), answerBy('edgar', 2)], closure: { author: 'edgar', text: 'Done.' } },
    }),
    want: { 'an editor': AUTHORITY },
  },
  'labels a finding': { act: patch('find/closed', { metadata: { labels: { team: 'a' } } }), want: { 'an editor': YES } },
  'has a finding deleted with an owner that is not there': {
    act: patch('find/raised', {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'a-uid' }] },
    }),
    want: {
      'an editor': /ValidatingAdmissionPolicy 'assay-findings' .*: an owner of a finding/,
      'the admin of the cluster': YES,
    },
  },
  'deletes a finding': {
    act: remove('find/raised'),
    want: { 'an editor': BY_RIGHTS, 'the authority': BY_RIGHTS, 'the admin of the cluster': YES },
  },
  'writes the status of a finding': {
    act: patch('find/raised', { status: { state: 'Closed' } }, 'status'),
    want: { 'the operator, if it had every right': YES, 'the admin of the cluster': STATUS, 'the authority': BY_RIGHTS },
  },
  'looks at a finding': { act: get('find/raised'), want: { 'a viewer': YES, 'the authority': YES } },
  // What the team notes for itself stands in there.
  'looks at an incident as the authority': { act: get('inc/going'), want: { 'the authority': BY_RIGHTS } },
  'keeps a message from customers, as the authority': {
    act: create(comment({ author: 'aude', kind: 'Withhold', audience: 'customers' })),
    want: { 'the authority': /ValidatingAdmissionPolicy 'assay-comments' .*: the team alone withholds/ },
  },
  'keeps a message from customers, as the team': {
    act: create(comment({ author: 'edgar', kind: 'Withhold', audience: 'customers' })),
    want: { 'an editor': YES, 'the operator, if it had every right': YES },
  },
  'comments as the authority': {
    act: create(comment({ author: 'aude' })),
    want: { 'the authority': YES, 'an editor': COMMENT },
  },
};
