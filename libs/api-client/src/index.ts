/** The people's API of the control plane, typed by the server itself. */
export {
  createPlaneClient,
  type ImportedFile,
  type PlaneClient,
  type PlaneClientOptions,
} from './create-plane-client.ts';
