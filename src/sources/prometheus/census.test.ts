import { isCensus } from './census.ts';

test.each(
  Object.entries({
    'a selector': ['up{job="shop"}', true],
    'a rate by pod': ['sum by (pod) (rate(http_requests_total[5m]))', true],
    'a comparison that gives 0 or 1': ['up == bool 1', true],
    'one between series, too': ['up == bool on (a) group_left floor', true],
    'the worst of many': ['topk(3, up)', true],
    'what is there together': ['up and on (instance) wanted', true],
    'a query that can not be read is in doubt one': ['WITH (x = up) x', true],
    'a comparison that leaves out what does not hold': ['up == 0', false],
    'deep inside': ['sum by (pod) (rate(x[5m])) / (sum by (pod) (rate(y[5m])) > 0)', false],
    'between series': ['used >= on (disk) free', false],
    'not equal': ['up != 1', false],
    'what is there when something is not': ['absent(up)', false],
    'for a while, too': ['absent_over_time(up[5m])', false],
    'values that become labels': ['count_values("version", build)', false],
    'alerts come and go': ['ALERTS{alertstate="firing"}', false],
    'by another spelling, too': ['count by (alertname) ({__name__="ALERTS_FOR_STATE"})', false],
    'a label that only sounds like it': ['up{a="x > 5 ALERTS"}', true],
  } satisfies Record<string, [string, boolean]>),
)('%s', (_sentence, [query, want]) => expect(isCensus(query)).toBe(want));
