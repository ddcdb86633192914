import type { X509Certificate } from 'node:crypto';

/** What a TLS connection brings; without TLS (a test, a proxy) there is no certificate and so no device. */
export interface GatewayBindings {
  incoming?: {
    socket: {
      remoteAddress?: string | undefined;
      getPeerX509Certificate?: () => X509Certificate | undefined;
    };
  };
}

export interface GatewayEnv {
  Bindings: GatewayBindings;
  Variables: {
    requestId: string;
    /** Set behind `requireDevice`. */
    deviceId: string;
  };
}
