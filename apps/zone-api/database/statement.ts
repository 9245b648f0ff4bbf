/** Queries that are compiled once and run many times. */
import type { Compilable, CompiledQuery, DatabaseConnection, Kysely } from 'kysely'
import type { Tables } from './schema.ts'

export type Db = Kysely<Tables>

/** What runs a prepared query. */
export type Statement<Parameters, Row> = (parameters: Parameters) => Promise<Row[]>

/** The one connection of a database whose owner runs one task at a time. */
const connections = new WeakMap<Db, DatabaseConnection>()

/**
 * Lets prepared queries go to the connection itself. On the way through kysely each would pass a dozen promises, which is more than
 * the query costs.
 */
export function useConnection(db: Db, connection: DatabaseConnection): void {
  connections.set(db, connection)
}

/** Runs a query that is compiled. */
export async function execute<Row>(db: Db, query: CompiledQuery<Row>): Promise<Row[]> {
  const { rows } = await (connections.get(db)?.executeQuery<Row>(query) ?? db.executeQuery(query))
  return rows
}

class Slot {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * Compiles a query whose values are the properties of `p`, and gives the function that runs it. Building a query costs more than
 * running one, and a change of one record runs about a dozen.
 */
export function statement<Parameters extends object, Row = never>(
  db: Db,
  build: (p: Parameters) => Compilable<Row>,
): Statement<Parameters, Row> {
  const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) }) as Parameters
  let compiled: CompiledQuery<Row> | undefined
  return (parameters) => {
    compiled ??= build(slots).compile()
    const values = compiled.parameters.map((value) =>
      value instanceof Slot ? (parameters as Record<string, unknown>)[value.name] : value,
    )
    return execute(db, { ...compiled, parameters: values })
  }
}

/** Values that a query over a list takes. */
export const listed = 50

/** The slots of a list, for a query that asks for `in`. */
export function slotsOf<Value>(p: readonly Value[]): Value[] {
  return Array.from({ length: listed }, (_, i) => p[i]!)
}

/** A list of 1 to `listed` values as such a query takes it: the first fills what is left, so that one text does for any number of values. */
export function filled<Value>(values: readonly Value[]): Value[] {
  return Array.from({ length: listed }, (_, i) => values[i] ?? values[0]!)
}

/** The named properties, for queries over whole rows: slots of `p` where the query is built. */
export function pick<Row extends object, Name extends keyof Row>(row: Row, names: readonly Name[]): Pick<Row, Name> {
  return Object.fromEntries(names.map((name) => [name, row[name]])) as Pick<Row, Name>
}
