import { CATALOGUE } from './catalogue';
import type { Diagnosis } from './diagnosis';

const UNKNOWN: Diagnosis = {
  owner: 'operator',
  title: 'The sign-in was refused',
  explanation: 'The request could not be taken as it came.',
  hint: 'Look for the reference of this sign-in in the log of the service.',
};

/** The entry of the catalogue, or what can be said about any refusal. */
export function diagnosisOf(code: string): Diagnosis {
  return CATALOGUE.get(code) ?? UNKNOWN;
}
