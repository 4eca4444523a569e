import { Type } from 'typebox';

import { structural } from './structural.ts';

describe('what TypeBox writes becomes what a structural schema holds', () => {
  test.each(
    Object.entries({
      'the refusal of unknown fields goes': {
        schema: Type.Object({ a: Type.String() }, { additionalProperties: false }),
        want: { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
      },
      'a record becomes additionalProperties': {
        schema: Type.Record(Type.String(), Type.String({ maxLength: 5 })),
        want: { type: 'object', additionalProperties: { type: 'string', maxLength: 5 } },
      },
      'an enum and a format stay': {
        schema: Type.Array(Type.Enum(['a', 'b'], { type: 'string', format: 'date-time' })),
        want: { type: 'array', items: { type: 'string', enum: ['a', 'b'], format: 'date-time' } },
      },
    }),
  )('%s', (_sentence, { schema, want }) => expect(structural(schema)).toEqual(want));
});

describe('what no structural schema holds is an error, not left out', () => {
  test.each(
    Object.entries({
      'a union': Type.Object({ a: Type.Union([Type.String(), Type.Number()]) }),
      'an enum without a type': Type.Enum(['a', 'b']),
      'a keyword of JSON schema only': Type.Number({ exclusiveMinimum: 0 }),
    }),
  )('%s', (_sentence, schema) => expect(() => structural(schema)).toThrow(/structural schema/));
});
