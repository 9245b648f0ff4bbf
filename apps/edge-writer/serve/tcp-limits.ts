/** Bounds on TCP clients, as configured. */
import type { TcpLimits } from '@zonecast/dns-net'
import type { Config } from '../config.ts'

/** Each thread has bounds of its own: the kernel spreads connections over them. */
export function tcpLimits({ dnsTcp }: Pick<Config, 'dnsTcp'>): Partial<TcpLimits> {
  const { idleSeconds, connections, connectionsPerClient } = dnsTcp
  return { connections, connectionsPerClient, idleMilliseconds: idleSeconds * 1000 }
}
