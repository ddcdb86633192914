export { type BoxAccess } from './access.ts';
export { hashApiKey, type StoredApiKey } from './api-keys.ts';
export { createBoxApi } from './box-api.ts';
export { type BoxApiDeps } from './deps.ts';
export { createGrammarCompiler, type GrammarCompiler } from './grammar-compiler.ts';
