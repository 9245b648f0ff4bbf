/** The responder as the configuration wants it, in whatever thread. */
import { randomBytes } from 'node:crypto'
import { createResponder, type Responder, type ResponderOptions } from '@zonecast/dns-net'
import type { Config } from '../config.ts'
import type { AnswerCounts } from './answer-counts.ts'

/** What decides on responses; plain data, the same for all threads of one address. */
export interface ResponderSettings
  extends
    Pick<Config, 'dnsVersion' | 'dnsUdpOctets' | 'dnsTcp' | 'dnsRateLimit'>,
    Pick<Config['dnsCookies'], 'enabled' | 'required'> {
  readonly identity: string
  readonly secrets: readonly Uint8Array[]
}

/**
 * What each of so many threads is told. Where no secret for cookies is configured, one is drawn for all: a client that meets another
 * thread must find its cookie good there, too. Accounts of rate limits are kept by each thread, so each allows its part.
 */
export function responderSettings(config: Config, threads = 1): ResponderSettings {
  const { dnsIdentity = config.edgeId, dnsVersion, dnsUdpOctets, dnsTcp, dnsCookies } = config
  const { enabled, required } = dnsCookies
  const responsesPerSecond = Math.ceil(config.dnsRateLimit.responsesPerSecond / threads)
  const dnsRateLimit = { ...config.dnsRateLimit, responsesPerSecond }
  const secrets = dnsCookies.secrets.map((text) => Uint8Array.from(Buffer.from(text, 'hex')))
  if (secrets.length === 0) secrets.push(Uint8Array.from(randomBytes(16)))
  return { identity: dnsIdentity, dnsVersion, dnsUdpOctets, dnsTcp, dnsRateLimit, enabled, required, secrets }
}

type Source = Required<Pick<ResponderOptions, 'enclosing' | 'isReady' | 'now' | 'cache'>> & {
  readonly counts: AnswerCounts
}

export function configuredResponder(settings: ResponderSettings, { counts, ...source }: Source): Responder {
  const { identity, dnsVersion, dnsUdpOctets, dnsTcp, dnsRateLimit, enabled, required, secrets } = settings
  return createResponder({
    ...source,
    maxUdpOctets: dnsUdpOctets,
    identity: { name: identity === '' ? undefined : Buffer.from(identity), version: dnsVersion },
    cookies: enabled ? { secrets, required } : undefined,
    rateLimit: dnsRateLimit.responsesPerSecond > 0 ? dnsRateLimit : undefined,
    onLimited: (action) => counts.limited(action),
    keepAliveMilliseconds: dnsTcp.idleSeconds * 1000,
  })
}
