import { checkQuery } from './promql.ts';

const said = (query: string): string[] =>
  checkQuery(query).map(({ offset, message, severity }) => `${severity} at ${offset}: ${message}`);

describe('queries that give a number and are no weak evidence pass', () => {
  test.each([
    'probe_success{job="shop"}',
    'up == 1',
    '1 - avg_over_time(up[5m])',
    'sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m]))',
    'histogram_quantile(0.99, sum by (le) (rate(latency_seconds_bucket[5m])))',
    'quantile_over_time(0.9, up[5m:1m])',
    'scalar(up) + time()',
    'a and on (job) group_left b # why',
    'label_replace(up, "a", "$1", "b", "(.*)")',
    'topk(3, up) or down',
    'absent(up)',
    '(-up)',
    '42',
  ])('%s', (query) => expect(said(query)).toEqual([]));
});

describe('what is wrong is told at its place', () => {
  test.each(
    Object.entries({
      nothing: { query: ' ', want: 'error at 0: the query is empty' },
      'only a comment': { query: '# up', want: 'error at ' },
      'a bracket left open': { query: 'sum(rate(up[5m])', want: 'error at 16: this is not PromQL: it ends too early' },
      'an operator without an end': { query: 'up +', want: 'it ends too early' },
      'a matcher without a value': { query: 'up{job=}', want: 'error at 7: this is not PromQL: "}" is not expected here' },
      'a function that does not exist': {
        query: 'avg_overtime(up[5m])',
        want: 'avg_overtime is no function of PromQL; did you mean avg_over_time?',
      },
      'a function like no other': { query: 'frobnicate(up)', want: 'frobnicate is no function of PromQL' },
      'a bare range': { query: 'up[5m]', want: 'error at 0: gives a range of samples' },
      'a bare subquery, in brackets': { query: '(up[5m:1m])', want: 'gives a range of samples' },
      'a string': { query: '"up"', want: 'gives a string' },
      'a rate without a range': {
        query: 'sum(rate(up))',
        want: 'error at 4: rate needs a range of samples: write for example rate(metric[5m])',
      },
      'a range under an aggregation': { query: 'sum(up[5m])', want: 'error at 4: an aggregation takes one value a series' },
      'a range in a comparison': { query: 'up[5m] > 1', want: 'error at 0: an operator takes one value a series' },
      'a range under a plain function': { query: 'abs(up[5m])', want: 'error at 4: abs takes one value a series' },
    }),
  )('%s', (_sentence, { query, want }) => expect(said(query).join('\n')).toContain(want));
});

describe('weak evidence is a warning', () => {
  test.each(
    Object.entries({
      'a value for nothing': { query: 'up or vector(0)', want: 'warning at 3: weak query: or vector(...)' },
      'a value for nothing, in brackets': { query: 'sum(a or (vector(1)))', want: 'warning at 6: weak query: or vector(...)' },
      'another time': { query: 'up offset 5m', want: 'warning at 3: weak query: offset' },
      'a fixed time': { query: 'up @ 1700000000', want: 'warning at 3: weak query: @' },
      'the best of a span': { query: 'max_over_time(up[5m])', want: 'warning at 0: weak query: max_over_time' },
      'a changed value': { query: '1 - clamp_max(up, 1)', want: 'warning at 4: weak query: clamp_max' },
      'a value within bounds': { query: 'clamp(up, 0, 1)', want: 'weak query: clamp ' },
    }),
  )('%s', (_sentence, { query, want }) => expect(said(query)).toEqual([expect.stringContaining(want)]));
});

test.each(['a or b', 'a + vector(1)', 'offset_seconds'])('not weak: %s', (query) => expect(said(query)).toEqual([]));
