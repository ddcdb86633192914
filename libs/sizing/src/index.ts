/** Which model fits a device, how fast it will be, and why not another one. No I/O. */
export {
  describeConfiguration,
  type ConfiguredNeed,
  type EngineConfiguration,
  type KvType,
} from './engine-configuration.ts';
