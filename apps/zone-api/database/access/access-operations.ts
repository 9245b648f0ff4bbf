/** The operations about access. */
import type { EngineParts } from '../engine-parts.ts'
import type { AccessReads, AccessWrites } from './access-port.ts'
import { AccessReadings } from './access-reads.ts'
import { AccessTables, type AccessTableParts } from './access-tables.ts'

export function accessOperations(parts: EngineParts, edges: AccessTableParts['edges']): AccessReads & AccessWrites {
  const reads = new AccessReadings(parts.db, parts.now)
  const tables = new AccessTables({ parts, edges })
  return {
    findCredential: (sha256) => reads.findCredential(sha256),
    findPasswords: (name) => reads.findPasswords(name),
    findCertificate: (certificate) => reads.findCertificate(certificate),
    findFault: (credential) => reads.findFault(credential),
    accessRevision: () => reads.accessRevision(),
    findIdentity: (name) => reads.findIdentity(name),
    listIdentities: (page) => reads.listIdentities(page),
    listCredentials: (principal) => reads.listCredentials(principal),
    getCredential: (id) => reads.getCredential(id),
    ownersOf: (zones) => reads.ownersOf(zones),
    createPrincipal: (input) => tables.createPrincipal(input),
    updatePrincipal: (input) => tables.updatePrincipal(input),
    deletePrincipal: (input) => tables.deletePrincipal(input),
    addGrant: (input) => tables.addGrant(input),
    removeGrant: (input) => tables.removeGrant(input),
    addCredential: (input) => tables.addCredential(input),
    rotateCredential: (input) => tables.rotateCredential(input),
    revokeCredential: (input) => tables.revokeCredential(input),
    setZoneOwners: (input) => tables.setZoneOwners(input),
    noteCredentialUses: (uses) => tables.noteCredentialUses(uses),
  }
}
