/**
 * Makes documents of records: what is on record comes in, bytes go out. Pure but for the fonts that it reads: no clock, no log, no
 * cluster; whatever is not for a level of audience is left out here, by the register of record kinds.
 */
export { type DocumentFile, incidentDocument, type IncidentDocumentOptions, type IncidentFiles } from './incident-document.ts';
export { audienceFacts, channelText, noiseDocument, type NoiseFigures, printNoise } from './noise-page.ts';
export { IncidentAccount, type IncidentRecord } from './incident-account.ts';
