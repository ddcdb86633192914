export { starterScores, SuiteScore } from './scores.ts';
export { starterModels, StarterModelEntry, type StarterModel } from './starter-models.ts';
export { starterRelease, STARTER_SYSTEM_PROMPT } from './starter-release.ts';
export { readSuite, SUITE_NAMES, SuiteItem, suites, type Suite, type SuiteName } from './suites.ts';
