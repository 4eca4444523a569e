import type { LogRecord, NewRecord } from '../api/records.ts';

import { gap, observation, sourceChange, START, started, verdictChange } from './examples.ts';
import { concerns, subjectOf } from './subject.ts';

const { outcome } = observation('web', START, 'a');
const batch = { observations: [outcome, { ...outcome, slot: START - 5, criterion: 'b' }] };

test.each(
  Object.entries({
    'a verdict speaks of its criterion at its slot': {
      body: verdictChange('web', START, 'a').body,
      want: { criterion: 'a', fromSlot: START, toSlot: START },
    },
    'a gap speaks of all from its first slot to its last': {
      body: gap('web', START, START + 9, 'a').body,
      want: { criterion: 'a', fromSlot: START, toSlot: START + 9 },
    },
    'a batch speaks of all its slots, and of no single criterion': { body: batch, want: { fromSlot: START - 5, toSlot: START } },
    'a start of the operator speaks of no slot': { body: started('web').body, want: {} },
    'a slot beside the body counts too': { body: started('web').body, slot: 7, want: { fromSlot: 7, toSlot: 7 } },
  } satisfies Record<string, { body: object; slot?: number; want: object }>),
)('%s', (_sentence, { body, want, ...rest }) => {
  expect(subjectOf(body, 'slot' in rest ? rest.slot : undefined)).toEqual(want);
});

const record = ({ body }: { body: NewRecord['body'] | typeof batch }): LogRecord => ({ body }) as unknown as LogRecord;

test.each(
  Object.entries({
    'a verdict of the criterion': [record(verdictChange('web', START, 'b')), true],
    'a verdict of another': [record(verdictChange('web', START, 'a')), false],
    'a batch with it among others': [record({ body: batch }), true],
    'a batch without it': [record({ body: { observations: batch.observations.slice(0, 1) } }), false],
    'a change of a source on which it rests': [record(sourceChange('web', START, ['a', 'b'])), true],
    'a change of a source on which it does not rest': [record(sourceChange('web', START, ['a'])), false],
    'a start of the operator': [record(started('web')), false],
  } satisfies Record<string, [LogRecord, boolean]>),
)('%s concerns the criterion b, or not', (_sentence, [each, want]) => expect(concerns(each, 'b')).toBe(want));
