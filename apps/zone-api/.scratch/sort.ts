import { createReadStream } from 'node:fs'
import { ZoneFileParser, parseName } from '@zonecast/dns'
import { RRSorter } from '../staging/rr-sorter.ts'
const apex = parseName(process.argv[2]!)
let t0 = performance.now()
const lap = (w: string) => { const t = performance.now(); console.log(w, Math.round(t - t0), 'ms', Math.round(process.memoryUsage.rss() / 2**20), 'MiB'); t0 = t }
const p = new ZoneFileParser({ origin: apex, defaultTtl: 3600 })
let n = 0, e = 0
const parseOnly = process.argv[4] === 'parse'
const sorter = new RRSorter({ folder: '/tmp/s/runs', apexOctets: apex.length })
const emit = (i: any) => { if (i.kind === 'rr') { n++; if (!parseOnly) sorter.add(i.rr) } else { e++; if (e < 5) console.log(i) } }
for await (const c of createReadStream(process.argv[3]!, { highWaterMark: 65536 })) p.push(c as Uint8Array, emit)
p.end(emit)
lap(`parse+add ${n} errors ${e}`)
sorter.finish(); lap(`finish runs ${sorter.runs}`)
let m = 0, o = 0
for (const s of sorter.read()) { m++; o += s.length }
lap(`read ${m} ${o}`)
sorter.close()
