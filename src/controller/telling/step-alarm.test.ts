import type { DueStep } from '../../notify/auditing/due-steps.ts';
import type { KnownCriterion } from '../judging/known.ts';
import { untoldEvent } from './step-alarm.ts';

const step = { id: `sha256:${'0123456789abcdef'.repeat(4)}`, audience: 'customers', notice: 'EscalationDue' } as DueStep;

test.each(['-', '.'])('an alarm on a criterion whose long name is cut at a %s has a name that the API server takes', (sign) => {
  const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
  for (const length of [228, 229, 230]) {
    const name = `${'a'.repeat(length)}${sign}${'b'.repeat(20)}`;
    const criterion = { namespace: 'web', name, uid: 'u' } as KnownCriterion;
    const event = untoldEvent(criterion, step, { kind: 'NobodyToTell' }, 0);
    expect(event.name).toMatch(new RegExp(`^${label}(\\.${label})*$`));
  }
});
