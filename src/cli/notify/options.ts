export { type Sample, SAMPLES } from '../../notify/preview/samples.ts';

export const PREVIEW_FORMATS = ['text', 'json', 'yaml'] as const;
export type PreviewFormat = (typeof PREVIEW_FORMATS)[number];

export const NOISE_FORMATS = ['text', 'json', 'pdf'] as const;
export type NoiseFormat = (typeof NOISE_FORMATS)[number];
