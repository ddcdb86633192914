export { configFields, type ConfigField, type ConfigMeta } from './config-field.ts';
export { configPage } from './config-page.ts';
export { formatSource, type ConfigProblem, type ConfigSource } from './config-problem.ts';
export {
  configReference,
  describeConfig,
  type ConfigReferenceRow,
  type ConfigRow,
} from './describe-config.ts';
export { loadConfig, type LoadConfigOptions, type LoadedConfig } from './load-config.ts';
export { nearestName } from './nearest-name.ts';
export { BytesField, DurationField } from './text-fields.ts';
