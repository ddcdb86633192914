/** The daemon is a program, `main.ts`; its settings are a value, so that their reference page can be generated. */
export { AgentConfig } from './config.ts';
