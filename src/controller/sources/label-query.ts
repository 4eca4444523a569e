import type { LabelSelector } from '../../api/common.ts';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

const VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
const KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/**
 * A label selector as the parameter `labelSelector` of a list, as far as it can be written there: what can not be (a value that no
 * label has, a set without values) is left out, so that whoever asks still has to look at what comes. Undefined where nothing is left.
 */
export function labelQuery({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string | undefined {
  const equal = Object.entries(matchLabels).map(([key, value]) => clause({ key, operator: 'In', values: [value] }));
  const clauses = [...equal, ...matchExpressions.map(clause)].filter((each) => each !== undefined);
  return clauses.length === 0 ? undefined : clauses.join(',');
}

function clause({ key, operator, values = [] }: Expression): string | undefined {
  if (!KEY.test(key)) return undefined;
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'In':
      return written(values) ? `${key} in (${values.join(',')})` : undefined;
    case 'NotIn':
      return written(values) ? `${key} notin (${values.join(',')})` : undefined;
  }
}

const written = (values: readonly string[]): boolean => values.length > 0 && values.every((value) => VALUE.test(value));
