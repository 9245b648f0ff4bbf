/** The responder as the configuration wants it. */
import { randomBytes } from 'node:crypto'
import { createResponder, type Responder, type ResponderOptions } from '@zonecast/dns-net'
import type { Metrics } from '@zonecast/runtime'
import type { Config } from '../config.ts'

type Source = Required<Pick<ResponderOptions, 'enclosing' | 'isReady' | 'now'>>

export function configuredResponder(config: Config, metrics: Metrics, source: Source): Responder {
  const { dnsIdentity = config.edgeId, dnsVersion, dnsUdpOctets, dnsTcp, dnsCookies, dnsRateLimit } = config
  const limited = metrics.counter({
    name: 'zonecast_dns_limited_total',
    help: 'DNS responses over the rate limit: dropped, truncated (slip) or sent all the same (leak).',
    labels: ['action'] as const,
  })
  const secrets = dnsCookies.secrets.map((text) => Buffer.from(text, 'hex'))
  return createResponder({
    ...source,
    maxUdpOctets: dnsUdpOctets,
    identity: { name: dnsIdentity === '' ? undefined : Buffer.from(dnsIdentity), version: dnsVersion },
    cookies: dnsCookies.enabled
      ? { secrets: secrets.length > 0 ? secrets : [randomBytes(16)], required: dnsCookies.required }
      : undefined,
    rateLimit: dnsRateLimit.responsesPerSecond > 0 ? dnsRateLimit : undefined,
    onLimited: (action) => limited.inc({ action }),
    keepAliveMilliseconds: dnsTcp.idleSeconds * 1000,
  })
}
