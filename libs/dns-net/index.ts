/** Front door of DNS on the network: server, responder and client. */
export { DnsQueryError, dnsQuery, encodeQuestion, type DnsQuestion } from './dns-client.ts'
export { createDnsServer, type Address, type DnsServer, type DnsServerOptions, type TcpLimits } from './dns-server.ts'
export { createResponder, type Responder, type ResponderOptions, type Response, type Transport } from './responder.ts'
export { createDnsProbe, type DnsProbe } from './dns-probe.ts'
