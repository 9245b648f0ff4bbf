/** Front door of DNS on the network: server, responder and client. */
export { DnsQueryError, dnsQuery, encodeQuestion, type DnsQuestion } from './dns-client.ts'
export { createDnsServer, type DnsServer, type DnsServerOptions } from './dns-server.ts'
export type { Address } from './address.ts'
export type { TcpLimits } from './tcp-listener.ts'
export {
  createResponder,
  type DnsClient,
  type Responder,
  type ResponderOptions,
  type Response,
  type Transport,
} from './responder.ts'
export { createDnsProbe, type DnsProbe } from './dns-probe.ts'
export { AnswerCache, type AnswerCacheOptions, type Versions } from './answer-cache.ts'
export type { Verdict } from './rate-limit.ts'
