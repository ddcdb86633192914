/** The people's API, the console's files and the device gateway, as values that a server or a test calls. */
export { createPlaneApp, API_VERSION, type PlaneApp } from './create-plane-app.ts';
export { createPendingImports } from './pending-imports.ts';
export { createPlaneMetrics, type PlaneMetrics } from './metrics.ts';
export { openApiDocument, type OpenApiDocument } from './openapi-document.ts';
export type { PendingImport, PendingImports, PlaneDeps, SendCommand } from './plane-deps.ts';
export { createGatewayApp } from './create-gateway-app.ts';
export type { GatewayDeps, KeyDirectory } from './gateway/gateway-deps.ts';
export { documentPlaneApp } from './document-plane-app.ts';
