/** Hosts as URLs have them: IPv6 addresses stand in brackets there, and nowhere else. */

export function bareHost(hostname: string): string {
  return hostname.replaceAll(/^\[|\]$/g, '')
}
