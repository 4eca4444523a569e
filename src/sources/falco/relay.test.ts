import { exporterTextOf, sidekickTextOf } from './fake-falco.ts';
import { metricsOf } from './metrics-text.ts';
import { factsIn } from './relay.ts';

const DROP = 'Drop and execute new binary in container';
const alert = { rule: DROP, priority: 'Critical', namespace: 'shop', count: 3 };
const counted = { rule: DROP, priority: 'Critical', count: 3, origin: 'syscall', namespace: 'shop' };
// As falco-exporter 0.8 wrote it.
const OF_EXPORTER =
  'falco_events{hostname="falco-5cjlj",k8s_ns_name="default",k8s_pod_name="nginx-85bfcd86d5-d4h45",priority="2",rule="Drop and execute new binary in container",source="syscall",tags=",PCI_DSS_11.5.1,TA0003,container,maturity_stable,mitre_persistence,process,"} 1\n';

test.each<[string, string, object]>([
  ['falcosidekick', sidekickTextOf([alert]), { counter: 'falcosidekick', version: undefined, rules: [counted] }],
  ['falcosidekick, as it was called before', sidekickTextOf([alert], 'old'), { counter: 'falcosidekick', rules: [counted] }],
  ['falco-exporter', exporterTextOf([alert]), { counter: 'falco-exporter', rules: [{ ...counted, tags: [] }] }],
  [
    'falco-exporter, as found',
    OF_EXPORTER,
    {
      counter: 'falco-exporter',
      rules: [
        {
          ...{ rule: DROP, priority: 'Critical', count: 1, origin: 'syscall', namespace: 'default' },
          tags: ['PCI_DSS_11.5.1', 'TA0003', 'container', 'maturity_stable', 'mitre_persistence', 'process'],
        },
      ],
    },
  ],
  ['a relay that has seen no alert', sidekickTextOf([]), { rules: [] }],
  [
    'an alert of a host has no namespace',
    sidekickTextOf([{ rule: 'a', priority: 'debug', count: 1 }]),
    { rules: [{ rule: 'a', priority: 'Debug', count: 1, origin: 'syscall' }] },
  ],
])('%s', (_, text, want) => expect(factsIn(metricsOf(text))).toMatchObject(want));

const NEW = 'falcosecurity_falcosidekick_falco_events_total';
test.each<[string, string | undefined]>([
  [`${NEW}{rule="a",priority="8"} 1`, 'Emergency'],
  [`${NEW}{rule="a",priority="1"} 1`, 'Debug'],
  [`${NEW}{rule="a",priority="0"} 1`, undefined],
  [`${NEW}{rule="a",priority="1",priority_raw="critical"} 1`, 'Critical'],
  [`falco_events{rule="a",priority="0"} 1`, 'Emergency'],
  [`falco_events{rule="a",priority="7"} 1`, 'Debug'],
  [`falco_events{rule="a",priority="9"} 1`, undefined],
  [`falco_events{rule="a",priority="informational"} 1`, 'Informational'],
  [`falco_events{rule="a",priority="unknown"} 1`, undefined],
  [`falco_events{rule="a"} 1`, undefined],
])('the priority of %s is %s', (line, want) => expect(factsIn(metricsOf(line)).rules[0]?.priority).toBe(want));

test.each<[string, string, RegExp]>([
  ['a counter that is none', 'falco_events{rule="a",priority="1"} NaN', /is not a number/],
  ['more than are read', 'falco_events{rule="a",priority="1"} 1\n'.repeat(10_001), /more than 10000 counters/],
  ['metrics of something else', 'up 1', /not of Falco's metrics/],
])('refused: %s', (_, text, message) => expect(() => factsIn(metricsOf(text))).toThrow(message));
