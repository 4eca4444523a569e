import type { Verdict } from '../../api/criterion.ts';
import type { Language } from '../intent.ts';
import type { ServiceState } from './service-state.ts';

export interface StandingTexts {
  readonly noService: string;
  readonly count: (good: number, all: number) => string;
  /** `unknown`: how many nobody can speak of. */
  readonly failing: (count: number, unknown: number) => string;
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
  readonly nothingOutside: string;
}

export const STANDING: Readonly<Record<Language, StandingTexts>> = {
  en: {
    noService: 'This place is for no service',
    count: (good, all) => (all === 0 ? 'there are no criteria' : `${good} of ${all} criteria are met`),
    failing: (count, unknown) => {
      if (count === 0)
        return unknown === 1
          ? 'Of one criterion nobody knows whether it holds'
          : `Of ${unknown} criteria nobody knows whether they hold`;
      const more = unknown === 0 ? '' : `, of ${unknown} more nobody knows it`;
      return `${count === 1 ? 'One criterion does not hold' : `${count} criteria do not hold`}${more}`;
    },
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
      down === 0
        ? 'No service is known to be unavailable'
        : `${down} of ${all} services ${down === 1 ? 'is' : 'are'} unavailable`,
    nothingOutside: 'No service is known to be unavailable',
  },
  de: {
    noService: 'Dieser Ort ist für keinen Dienst da',
    count: (good, all) => (all === 0 ? 'es gibt keine Kriterien' : `${good} von ${all} Kriterien erfüllt`),
    failing: (count, unknown) => {
      if (count === 0)
        return unknown === 1
          ? 'Von einem Kriterium weiß niemand, ob es erfüllt ist'
          : `Von ${unknown} Kriterien weiß niemand, ob sie erfüllt sind`;
      const more = unknown === 0 ? '' : `, von ${unknown} weiteren weiß es niemand`;
      return `${count === 1 ? 'Ein Kriterium ist nicht erfüllt' : `${count} Kriterien sind nicht erfüllt`}${more}`;
    },
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
    nothingOutside: 'Von keinem Dienst ist ein Ausfall bekannt',
  },
};
