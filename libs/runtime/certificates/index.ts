/** Certificates of a private authority. */

export { type CertificateRequest, createAuthority, issueCertificate, type KeyPair, type Validity } from './certificates.ts'
