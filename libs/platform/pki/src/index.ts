export {
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
  type Identity,
} from './authority.ts';
export { fingerprint, parseCertificate, renewAt, type CertificateFacts } from './certificate.ts';
export { createCertificateRequest, issueDeviceCertificate, readRequestKey } from './device-certificate.ts';
export { hashSha256 } from './digest.ts';
export { preAuthEncoding, signDsse, signingKeyOf, verifyDsse, type DsseVerdict } from './dsse.ts';
export { fetchPinnedAuthority } from './fetch-pinned-authority.ts';
export { formatJoinToken, JoinToken, parseJoinToken } from './join-token.ts';
export { createKeyPair, publicKeyOf, type KeyPair } from './key-pair.ts';
export { createRevocationList } from './revocation-list.ts';
export { verifyChain, type ChainVerdict } from './verify-chain.ts';
