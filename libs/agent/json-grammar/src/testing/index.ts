export { Gbnf } from './gbnf.ts';
