/** The stated limit of every document and message. Sizes are bytes. */
export const LIMITS = {
  /** AWS IoT and other brokers refuse more than 128 KiB; half of that leaves room for headers of every broker. */
  mqttMessageBytes: 64 * 1024,
  releaseBytes: 256 * 1024,
  /** 8 MiB names 120,000 chunks of 4 MiB, a 480 GiB file. */
  manifestBytes: 8 * 1024 * 1024,
  chunkBytes: 4 * 1024 * 1024,
  labelsPerDevice: 64,
  candidatesPerRelease: 12,
  goldenPromptsPerRelease: 8,
  systemPromptCharacters: 32 * 1024,
  servicesPerDevice: 16,
  telemetryRowsPerBatch: 20,
  requestBodyBytes: 4 * 1024 * 1024,
} as const;
