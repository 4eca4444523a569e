/**
 * `assay notify`: what has to do with telling people, without a cluster. `preview` shows what a channel would be sent; `noise` says what
 * a week of messages was worth.
 */
export { runNoise } from './noise.ts';
export { runPreview } from './preview.ts';
