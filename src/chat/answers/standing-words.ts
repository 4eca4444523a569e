import type { Verdict } from '../../api/criterion.ts';
import type { Language } from '../intent.ts';
import type { ServiceState } from './service-state.ts';

export interface StandingTexts {
  readonly noService: string;
  readonly count: (good: number, all: number) => string;
  readonly failing: (count: number) => string;
  readonly nothing: string;
  readonly verdict: (verdict: Verdict, reason: string) => string;
  readonly since: (at: string) => string;
  readonly demand: string;
  readonly controls: string;
  readonly severity: string;
  readonly explained: string;
  /** What whoever is outside reads. */
  readonly outside: Readonly<Record<ServiceState['kind'], string>>;
  readonly services: (down: number, all: number) => string;
  readonly disrupted: string;
  readonly nothingOutside: string;
}

export const STANDING: Readonly<Record<Language, StandingTexts>> = {
  en: {
    noService: 'This place is for no service',
    count: (good, all) => (all === 0 ? 'there are no criteria' : `${good} of ${all} criteria are met`),
    failing: (count) => (count === 1 ? 'One criterion does not hold' : `${count} criteria do not hold`),
    nothing: 'Everything that is judged holds',
    verdict: (verdict, reason) =>
      ({ Pass: 'met', Fail: 'not met', Inconclusive: `nobody can say (${reason})`, Suspended: 'suspended' })[verdict],
    since: (at) => `since ${at}`,
    demand: 'demand',
    controls: 'controls',
    severity: 'severity',
    explained: 'in the window of the approved change',
    outside: { Up: 'available', Down: 'unavailable', Unclear: 'nobody can say', Unmeasured: 'not measured' },
    services: (down, all) =>
      down === 0 ? 'No service is known to be unavailable' : `${down} of ${all} services are unavailable`,
    disrupted: 'Not everything is available',
    nothingOutside: 'No service is known to be unavailable',
  },
  de: {
    noService: 'Dieser Ort ist für keinen Dienst da',
    count: (good, all) => (all === 0 ? 'es gibt keine Kriterien' : `${good} von ${all} Kriterien erfüllt`),
    failing: (count) => (count === 1 ? 'Ein Kriterium ist nicht erfüllt' : `${count} Kriterien sind nicht erfüllt`),
    nothing: 'Alles, was geprüft wird, ist erfüllt',
    verdict: (verdict, reason) =>
      ({ Pass: 'erfüllt', Fail: 'nicht erfüllt', Inconclusive: `niemand kann es sagen (${reason})`, Suspended: 'ausgesetzt' })[
        verdict
      ],
    since: (at) => `seit ${at}`,
    demand: 'gefordert',
    controls: 'Anforderungen',
    severity: 'Schwere',
    explained: 'im Fenster der genehmigten Änderung',
    outside: { Up: 'verfügbar', Down: 'nicht verfügbar', Unclear: 'niemand kann es sagen', Unmeasured: 'nicht gemessen' },
    services: (down, all) =>
      down === 0 ? 'Von keinem Dienst ist ein Ausfall bekannt' : `${down} von ${all} Diensten nicht verfügbar`,
    disrupted: 'Nicht alles ist verfügbar',
    nothingOutside: 'Von keinem Dienst ist ein Ausfall bekannt',
  },
};
