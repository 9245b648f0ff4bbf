/** Who may do what: roles, grants, patterns, and the decision. */
export { allows, explain, type Explanation, type Lack, type Target, targetTexts } from './decide.ts'
export { apexByDefault, gives, type Grant, type Holder, isRestricted, permissionsOf, roleGrant, whyNothing } from './grant.ts'
export { coversName, everyName, formatNamePattern, type NamePattern, parseNamePattern } from './name-pattern.ts'
export { PatternError } from './pattern-labels.ts'
export {
  concernsZone,
  givenToRestricted,
  isGivenBySome,
  isOfOneself,
  isRole,
  PERMISSIONS,
  type Role,
  ROLE_PERMISSIONS,
} from './roles.ts'
export { coversZone, everyZone, formatZonePattern, parseZonePattern, type ZonePattern } from './zone-pattern.ts'
