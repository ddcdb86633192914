import { API_VERSION, createPlaneApp } from './create-plane-app.ts';
import { openApiDocument, type OpenApiDocument } from './openapi-document.ts';
import type { PlaneDeps } from './plane-deps.ts';

/** The OpenAPI document without a server: the app is built, which touches nothing it stands on, and never called. */
export function documentPlaneApp(): OpenApiDocument {
  return openApiDocument({ app: createPlaneApp({} as PlaneDeps), version: API_VERSION });
}
