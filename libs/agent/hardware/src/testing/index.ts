/** Machines as data, for tests and for the fleet simulator. */
export {
  DEVICE_FIXTURES,
  probesOf,
  type DeviceFixture,
  type DeviceFixtureName,
  type Readings,
} from './device-fixtures.ts';
