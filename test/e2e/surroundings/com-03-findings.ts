import type { Manifest } from '../../cluster/kube-api.ts';

import type { SetUp } from './surroundings.ts';

const question = (name: string, answers: readonly object[] = []): Manifest => ({
  kind: 'Finding',
  metadata: { name, namespace: 'shop' },
  ...{
    spec: {
      ...{ service: 'shop', type: 'Question', title: `About ${name}`, text: 'Is there a runbook?', raisedBy: 'eve' },
      ...{ due: '2030-01-01T00:00:00Z', answers },
    },
  },
});

/** A question that was answered, then one that nobody answers. */
export const findings: SetUp = async ({ api }) => {
  await api.apply(question('answered', [{ id: 1, author: 'ada', text: 'There is.' }]));
  return { sources: {}, judge: 'operator', breakIt: () => api.apply(question('unanswered')) };
};
